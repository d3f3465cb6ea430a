package catalogue_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

// source is a list that orders by modification, the latest first, as KOBIS does.
type source struct {
	order []string
	now   time.Time
	next  int
}

func newSource(films int) *source {
	s := &source{now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	for range films {
		s.add()
	}
	return s
}

func (s *source) add() {
	s.next++
	s.order = slices.Insert(s.order, 0, fmt.Sprintf("%08d", s.next))
}

func (s *source) edit(i int) string {
	code := s.order[i]
	s.order = slices.Insert(slices.Delete(s.order, i, i+1), 0, code)
	return code
}

func (s *source) page(n int) catalogue.Page {
	s.now = s.now.Add(time.Second)
	from, to := min((n-1)*100, len(s.order)), min(n*100, len(s.order))
	return catalogue.Page{Number: n, Total: len(s.order), Codes: slices.Clone(s.order[from:to]), FetchedAt: s.now}
}

// reader reads a source as the planner does: one page after the other.
type reader struct {
	t      require.TestingT
	src    *source
	window catalogue.Window
	pages  map[int]catalogue.Page
	known  map[string]bool
	calls  int
	edited []string
	doubt  bool
	// verified is when every year was judged, as far as the reader is told.
	verified *time.Time
}

func newReader(t require.TestingT, src *source) *reader {
	return &reader{
		t: t, src: src, pages: map[int]catalogue.Page{}, known: map[string]bool{},
		window: catalogue.Window{Scope: catalogue.All, Phase: catalogue.Reading},
	}
}

// step makes one step and reads the first page wanted; it is false when none is.
func (r *reader) step() bool {
	var list []catalogue.Page
	var newest *time.Time
	for _, page := range r.pages {
		list = append(list, page)
		if newest == nil || page.FetchedAt.After(*newest) {
			newest = &page.FetchedAt
		}
	}
	step, err := catalogue.StepAll(r.window, list, catalogue.Facts{
		Now: r.src.now, Again: r.src.now.Add(24 * time.Hour), Newest: newest,
		Known: func() (int, error) { return len(r.known), nil }, Verified: r.verified,
	})
	require.NoError(r.t, err)
	r.window = step.Window
	r.edited = append(r.edited, step.Edited...)
	r.doubt = r.doubt || step.Doubt
	if len(step.Want) == 0 {
		return false
	}
	page := r.src.page(step.Want[0])
	r.pages[page.Number] = page
	for _, code := range page.Codes {
		r.known[code] = true
	}
	r.calls++
	return true
}

func (r *reader) requireAllKnown() {
	for _, code := range r.src.order {
		require.True(r.t, r.known[code], "%s of %d was missed", code, len(r.src.order))
	}
}

// Films are edited and added while the list is read; none is missed, and the
// reading costs little more than its pages.
func TestFirstReadingMissesNothingWhilePagesDrift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := newSource(rapid.IntRange(0, 3000).Draw(t, "films"))
		every := rapid.IntRange(1, 6).Draw(t, "pages between edits")
		r := newReader(t, src)
		for r.step() {
			if r.window.Phase != catalogue.Reading || r.calls%every != 0 || len(src.order) == 0 {
				continue
			}
			if rapid.Bool().Draw(t, "a new film") {
				src.add()
			} else {
				src.edit(rapid.IntRange(0, len(src.order)-1).Draw(t, "edited"))
			}
		}
		require.Equal(t, catalogue.Complete, r.window.Phase)
		require.False(t, r.doubt)
		r.requireAllKnown()
		pages := max(1, (len(src.order)+99)/100)
		require.LessOrEqual(t, r.calls, pages+pages/(100*every)+3)
	})
}

// After the first reading, each check of the head finds what was added or edited,
// whether or not its row shows it, and at most one film besides.
func TestLookAtTheHeadFindsEdits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := newSource(rapid.IntRange(300, 1000).Draw(t, "films"))
		r := newReader(t, src)
		for r.step() {
		}
		for range rapid.IntRange(1, 4).Draw(t, "days") {
			r.edited = nil
			modified := map[string]bool{}
			for range rapid.IntRange(0, 60).Draw(t, "modified") {
				if rapid.Bool().Draw(t, "a new film") {
					src.add()
				} else {
					// Behind an edit of another, no order shows that of the film which
					// stood first.
					hidden := 0
					if len(modified) > 0 {
						hidden = len(modified) + 1
					}
					src.edit(rapid.IntRange(hidden, len(src.order)-1).Draw(t, "edited"))
				}
				modified[src.order[0]] = true
			}
			calls := r.calls
			src.now = src.now.Add(25 * time.Hour)
			for r.step() {
			}
			require.Equal(t, catalogue.Complete, r.window.Phase)
			require.LessOrEqual(t, r.calls-calls, len(modified)/100+2)
			requireSame(t, modified, r.edited, src)
			r.requireAllKnown()
		}
	})
}

func requireSame(t require.TestingT, modified map[string]bool, found []string, src *source) {
	needless := 0
	for _, code := range found {
		if !modified[code] {
			needless++
		}
		delete(modified, code)
	}
	require.LessOrEqual(t, needless, 1, "films that were not modified")
	for code := range modified {
		require.Failf(t, "an edit was missed", "%s at %d", code, slices.Index(src.order, code))
	}
}

func TestQuietDayCostsOneCall(t *testing.T) {
	t.Parallel()
	src := newSource(1234)
	r := newReader(t, src)
	for r.step() {
	}
	require.Equal(t, 13+1, r.calls, "the list, and its head again")
	require.False(t, r.step(), "nothing is wanted before the next check")
	src.now = src.now.Add(25 * time.Hour)
	require.True(t, r.step())
	require.False(t, r.step())
	require.Equal(t, src.order[:1], r.edited, "the order could not show an edit of the first")
	require.Equal(t, 15, r.calls)
}

// Films modified together keep their order among themselves; that must not pass
// for the old order.
func TestFilmsModifiedTogetherAreEdits(t *testing.T) {
	t.Parallel()
	src := newSource(1000)
	r := newReader(t, src)
	for r.step() {
	}
	for range 40 {
		src.edit(180) // those from 180 on, so that the last comes first
	}
	want := slices.Clone(src.order[:41]) // with the first that was not
	src.now = src.now.Add(25 * time.Hour)
	for r.step() {
	}
	require.ElementsMatch(t, want, r.edited)
}

func TestMissingFilmsRaiseDoubtAndThenAnotherReading(t *testing.T) {
	t.Parallel()
	src := newSource(500)
	r := newReader(t, src)
	for r.step() {
		if r.calls == 2 {
			delete(r.known, src.order[150]) // a hole, however it came about
		}
	}
	require.True(t, r.doubt, "499 of 500 are known")

	r.doubt = false
	src.now = src.now.Add(25 * time.Hour)
	judged := src.now
	r.verified = &judged // every year adds up, so the film has none
	for r.step() {
	}
	require.False(t, r.doubt)
	require.Len(t, r.known, 499, "not read again at once")
	src.now = src.now.Add(8 * 24 * time.Hour)
	for r.step() {
	}
	r.requireAllKnown()
}

func TestDeletedFilmDoesNotHideTheOldOrder(t *testing.T) {
	t.Parallel()
	src := newSource(400)
	r := newReader(t, src)
	for r.step() {
	}
	src.order = src.order[1:]
	edited := src.edit(200)
	calls := r.calls
	src.now = src.now.Add(25 * time.Hour)
	for r.step() {
	}
	require.Equal(t, []string{edited, src.order[1]}, r.edited, "and the first below it")
	require.Equal(t, 1, r.calls-calls)
}

// year is a window of a source without drift.
type year struct {
	t      *testing.T
	src    *source
	window catalogue.Window
	pages  []catalogue.Page
	known  int
	gone   []string
	calls  int
	edited []string
}

func (y *year) run() {
	for {
		var newest *time.Time
		for _, page := range y.pages {
			if newest == nil || page.FetchedAt.After(*newest) {
				newest = &page.FetchedAt
			}
		}
		step, err := catalogue.StepYear(y.window, y.pages, catalogue.Facts{
			Now: y.src.now, Again: y.src.now.Add(28 * 24 * time.Hour), Newest: newest,
			Known: func() (int, error) { return y.known, nil },
		}, func(map[string]bool) ([]string, error) { return y.gone, nil })
		require.NoError(y.t, err)
		y.window, y.edited = step.Window, append(y.edited, step.Edited...)
		if len(step.Want) == 0 {
			return
		}
		for _, n := range step.Want {
			y.pages = slices.DeleteFunc(y.pages, func(p catalogue.Page) bool { return p.Number == n })
			y.pages = append(y.pages, y.src.page(n))
			y.calls++
		}
	}
}

func newYear(t *testing.T, films, known int) *year {
	t.Helper()
	return &year{
		t: t, src: newSource(films), known: known,
		window: catalogue.Window{Scope: catalogue.Made(2020), Phase: catalogue.Checking},
	}
}

func TestYearThatAddsUpCostsOneCall(t *testing.T) {
	t.Parallel()
	y := newYear(t, 250, 250)
	y.run()
	require.Equal(t, catalogue.Complete, y.window.Phase)
	require.Equal(t, 1, y.calls)
	require.Equal(t, "all 250 films known", y.window.Evidence)
	require.NotNil(t, y.window.CompletedAt)
	y.run()
	require.Equal(t, 1, y.calls, "nothing is wanted before the next check")
}

func TestYearThatDoesNotAddUpIsReadWhole(t *testing.T) {
	t.Parallel()
	y := newYear(t, 250, 249)
	y.run()
	require.Equal(t, 3, y.calls)
	require.Equal(t, catalogue.Complete, y.window.Phase)
	require.NotNil(t, y.window.ReadAt)
}

func TestFilmsThatAYearNoLongerListsAreReadAgain(t *testing.T) {
	t.Parallel()
	y := newYear(t, 250, 251)
	y.gone = []string{"19990001"}
	y.run()
	require.Equal(t, y.gone, y.edited)
	require.Equal(t, catalogue.Complete, y.window.Phase)

	calls := y.calls
	y.src.now = y.window.DueAt
	y.run()
	require.Equal(t, 1, y.calls-calls, "a difference that was explained costs one call")
	require.Equal(t, y.gone, y.edited)
}

func TestYearThatMovedWhileItWasReadIsTriedAgainLater(t *testing.T) {
	t.Parallel()
	y := newYear(t, 250, 200)
	y.src.order[100] = y.src.order[99] // one film on two pages, another on none
	y.run()
	require.Nil(t, y.window.CompletedAt)
	require.Equal(t, 24*time.Hour, y.window.DueAt.Sub(y.src.now))
}

func TestYearOfScope(t *testing.T) {
	t.Parallel()
	year, opened, ok := catalogue.Year(catalogue.Opened(2021))
	require.True(t, ok && opened)
	require.Equal(t, 2021, year)
	year, opened, ok = catalogue.Year(catalogue.Made(1919))
	require.True(t, ok && !opened)
	require.Equal(t, 1919, year)
	_, _, ok = catalogue.Year(catalogue.All)
	require.False(t, ok)
	require.Equal(t, "kobis.movie-list.made-1919.3", catalogue.Name(catalogue.Made(1919), 3).String())
}
