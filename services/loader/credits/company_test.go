package credits

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

// A company of which an answer tells the code and no name is none: no table may have it,
// and the title could not be written.
func TestACompanyWithoutANameIsNone(t *testing.T) {
	t.Parallel()
	detail := &record.KobisMovieDetail{Found: true, Companies: []record.KobisCompany{
		{Code: "20100001", Role: "제작사"}, {Code: "20100002", NameEn: "Two", Role: "제작사"}, {Code: "20100003", Name: "셋", Role: "배급사"},
	}}
	c := FilmCompanies(uuid.New(), []Edition{{MovieCd: "20190001", Detail: detail}}, nil)
	require.Equal(t, []string{"20100003"}, c.Kobis)
	require.Len(t, c.List, 1)
	require.Equal(t, "distribution", c.List[0].Role)
}
