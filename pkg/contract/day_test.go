package contract

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"19930717": "1993-07-17", "1993-07-17": "1993-07-17", " 1993-07-17\n": "1993-07-17", "1993-7-17": "1993-07-17", "1993.07.17": "1993-07-17",
		"1993. 7. 17.": "1993-07-17", "1993/07/17": "1993-07-17", "1993년 7월 17일": "1993-07-17", "1993년07월17일": "1993-07-17",
		"1993-07-17T00:00:00.000Z": "1993-07-17", "1993-07-17 00:00:00 UTC": "1993-07-17", "1993-07-17 00:00:00 UT": "1993-07-17", "1993-07-17 00:00:00": "1993-07-17",
		"1993-07-17T00:00": "1993-07-17", "19930717T000000Z": "1993-07-17", "19930717000000": "1993-07-17", "1993-07-17 00:00:00 +0000": "1993-07-17",
		"1993-07-17 00:00:00 +0000 UTC": "1993-07-17", "2024-02-22 18:00:03 UTC": "2024-02-22", "2024-02-22 18:00:03": "2024-02-22", "2024-02-22T23:59:59.999Z": "2024-02-22",
		// The midnight of a zone, and that of UTC, told in a zone.
		"1993-07-17T00:00:00+09:00": "1993-07-17", "1993-07-17T00:00:00.000+0900": "1993-07-17", "1993-07-17T09:00:00+09:00": "1993-07-17", "1993-07-17 00:00:00 KST": "1993-07-17",
		"1993-07-16T20:00:00-04:00": "1993-07-17", "1993-07-17T00:00:00-04": "1993-07-17", "1993-07-17T00:00:00 GMT+09:00": "1993-07-17", "1993-07-17T00:00+09:00[Asia/Seoul]": "1993-07-17",
		"1993-07-17T12:00:00+09:00": "1993-07-17", "1993-07-17 00:00:00 PDT": "1993-07-17",
		"1993-07-17T03:00:00+09:00": "", "1993-07-17T22:00:00-05:00": "", "1993-07-17 18:00:00 PDT": "", // which day?
		"July 17, 1993": "1993-07-17", "Jul 17, 1993": "1993-07-17", "17 July 1993": "1993-07-17", "17 Jul 1993": "1993-07-17", "Sat, 17 Jul 1993 00:00:00 GMT": "1993-07-17",
		// The day of the week, which must be right.
		"Saturday, July 17, 1993": "1993-07-17", "Sat Jul 17 1993": "1993-07-17", "1993-07-17 (Sat)": "1993-07-17", "1993.07.17(토)": "1993-07-17", "1993년 7월 17일 토요일": "1993-07-17",
		"1993-07-17 (토) 00:00": "1993-07-17", "Sat Jul 17 00:00:00 1993": "1993-07-17", "Sat Jul 17 00:00:00 UTC 1993": "1993-07-17", "Sat Jul 17 1993 00:00:00 GMT+0900 (KST)": "1993-07-17",
		"sat, 17-jul-1993 00:00:00 gmt": "1993-07-17", "Fri, 16 Jul 1993 20:00:00 -0400": "1993-07-17", "Sept 7, 1993": "1993-09-07", "May 1, 1993": "1993-05-01",
		"Friday, July 17, 1993": "", "1993.07.17(금)": "", "1993년 7월 17일 월요일": "", "Fri, 17 Jul 1993 00:00:00 GMT": "", "Sat Sat 17 Jul 1993": "", "Sat": "", "Juli 17, 1993": "", "Sat, 17-Jul-93": "",
		// A leap second is of the day that it ends.
		"2016-12-31T23:59:60Z": "2016-12-31", "2016-12-31 23:59:60": "2016-12-31", "2017-01-01T08:59:60+09:00": "", "2016-12-31T23:59:61Z": "",
		// Offsets that no clock has.
		"1993-07-17T00:00:00+14:00": "1993-07-17", "1993-07-17T00:00:00+9": "1993-07-17", "1993-07-17T00:00:00+9:00": "1993-07-17", "1993-07-17T00:00:00+05:45": "1993-07-17", "1993-07-17T00:00:00-12:00": "1993-07-17",
		"1993-07-17T00:00:00+15:00": "", "1993-07-17T00:00:00+25:00": "", "1993-07-17T00:00:00-13:00": "", "1993-07-17T00:00:00+09:75": "", "1993-07-17T00:00:00+90": "",
		"": "", "1993": "", "1993-07": "", "199307": "", "07/17/1993": "", "17.07.1993": "", "1993-13-17": "", "19930231": "", "1993-02-30T00:00:00Z": "", "19930700": "",
		"1993-07-17T25:00:00Z": "", "1993-07-17 soon": "", "742867200": "", "1993-07-17T00:00:00Z and more": "", "미정": "", "1993-07-171": "", "２０１９０５３０": "",
	} {
		day, ok := Day(text)
		require.Equal(t, want != "", ok, text)
		if ok {
			require.Equal(t, want, day.Format(time.DateOnly), text)
			require.Equal(t, day, day.UTC().Truncate(24*time.Hour), text)
		}
	}
}

// A day is the same in whatever form it comes, and the midnight of every zone is of
// its own day.
func TestADayIsTheSameInEveryForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := time.Date(rapid.IntRange(1850, 2150).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		minutes := rapid.IntRange(-12*60, 14*60).Draw(t, "offset")
		zone := time.FixedZone("", minutes*60)
		for _, text := range []string{
			want.Format("20060102"), want.Format("2006-01-02"), want.Format("2006.1.2"), want.Format("2006/01/02"), want.Format("2006-01-02T15:04:05.000Z"),
			want.Format("2006-01-02 15:04:05 UTC"), want.Format("January 2, 2006"), want.Format(time.RFC1123), want.Format("2006년 1월 2일"),
			want.In(zone).Format(time.RFC3339), want.In(zone).Format("2006-01-02 15:04:05 -0700"),
			time.Date(want.Year(), want.Month(), want.Day(), 0, 0, 0, 0, zone).Format(time.RFC3339), fmt.Sprintf("%s 00:00:00 XYZ", want.Format("2006-01-02")),
		} {
			day, ok := Day(text)
			require.True(t, ok, text)
			require.Equal(t, want, day, text)
		}
	})
}

func FuzzDay(f *testing.F) {
	f.Add("1993-07-17 00:00:00 UTC")
	f.Fuzz(func(t *testing.T, text string) {
		if day, ok := Day(text); ok {
			again, ok := Day(day.Format(time.DateOnly))
			require.True(t, ok && again.Equal(day), text)
		}
	})
}
