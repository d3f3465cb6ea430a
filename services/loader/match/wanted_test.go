package match

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/entity"
)

func TestThePlannerReadsWhatIsWanted(t *testing.T) {
	t.Parallel()
	for _, wanted := range [][]int32{nil, {496243, 7}} {
		text, err := json.Marshal(Evidence{Reason: "two films bear the title", Wanted: wanted})
		require.NoError(t, err)
		fields := map[string]json.RawMessage{}
		require.NoError(t, json.Unmarshal(text, &fields))
		value, stated := fields[entity.WantedField]
		require.Equal(t, wanted != nil, stated)
		if !stated {
			continue
		}
		ids, odd, err := entity.ReadWanted(value)
		require.NoError(t, err)
		require.Empty(t, odd)
		require.Equal(t, wanted, ids)
	}
}
