package sim_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/tmdb"
)

type castList struct {
	Cast []struct {
		Name  string `json:"name"`
		Total int    `json:"total_episode_count"`
	} `json:"cast"`
}

func TestSeasonsAreServed(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	before := s.Truth().Seasons
	s.TMDB.Catalogue().LoadSeries([]tmdb.Series{{
		ID: 5, Original: "드라마", Origin: []string{"KR"}, FirstAired: "2020-01-01", Seasons: 2, Episodes: 9,
		Cast: []tmdb.Role{{Name: "하나"}, {Name: "둘"}, {Name: "셋"}, {Name: "넷"}},
	}})
	require.Equal(t, before+2, s.Truth().Seasons)
	var series struct {
		Seasons []struct {
			Number   int `json:"season_number"`
			Episodes int `json:"episode_count"`
		} `json:"seasons"`
		All     castList `json:"aggregate_credits"`
		Regular castList `json:"credits"`
	}
	_, body := simtest.Get(t, s, "/3/tv/5", "append_to_response", "aggregate_credits,credits")
	require.NoError(t, json.Unmarshal(body, &series))
	require.Equal(t, 5, series.Seasons[0].Episodes)
	total := map[string]int{}
	for n, episodes := range map[string]int{"1": 5, "2": 4} {
		var season struct {
			Number   int `json:"season_number"`
			Episodes []struct {
				Show int `json:"show_id"`
			} `json:"episodes"`
			All     castList `json:"aggregate_credits"`
			Regular castList `json:"credits"`
		}
		status, body := simtest.Get(t, s, "/3/tv/5/season/"+n, "append_to_response", "aggregate_credits,credits")
		require.Equal(t, http.StatusOK, status)
		require.NoError(t, json.Unmarshal(body, &season))
		require.Len(t, season.Episodes, episodes)
		require.Equal(t, 5, season.Episodes[0].Show)
		require.Len(t, season.Regular.Cast, 2)
		require.Len(t, season.All.Cast, 3, "with its guest")
		for _, c := range season.All.Cast {
			total[c.Name] += c.Total
		}
	}
	for _, c := range series.All.Cast {
		require.Equal(t, total[c.Name], c.Total, c.Name)
	}
	for _, path := range []string{"/3/tv/5/season/3", "/3/tv/6/season/1", "/3/tv/5/season/x", "/3/tv/5/season"} {
		status, _ := simtest.Get(t, s, path)
		require.Equal(t, http.StatusNotFound, status, path)
	}
}
