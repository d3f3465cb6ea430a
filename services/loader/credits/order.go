package credits

import (
	"cmp"
	"slices"
)

// departmentOrder is the order in which a page prints the departments.
var departmentOrder = []string{
	Creation, Directing, Writing, Acting, Production, Camera, Lighting, Art, Costume, Sound, Music, Editing, VisualEffects, Animation, Stunts,
	Distribution, Crew,
}

var departmentRank, jobRank = ranks()

func ranks() (departments, jobs map[string]int) {
	departments, jobs = make(map[string]int), make(map[string]int)
	for i, d := range departmentOrder {
		departments[d] = i
	}
	for i, line := range vocabulary {
		jobs[line.job] = i
	}
	return departments, jobs
}

// rank is a job's place within its department; what is not in the vocabulary stands
// behind what is.
func rank(job string) int {
	if r, ok := jobRank[job]; ok {
		return r
	}
	return len(vocabulary)
}

// print puts credits into the order of a page and numbers them: by department, by
// job, then as their source lists them, KOBIS's first; the crew of a series by the
// episodes that they have, most first. Actors whom TMDB alone has stand where TMDB's
// billing has them.
func (l *lister) print(list []Credit) []Credit {
	slices.SortStableFunc(list, func(a, b Credit) int {
		departments := cmp.Compare(departmentRank[a.Department], departmentRank[b.Department])
		return cmp.Or(departments, cmp.Compare(rank(a.Job), rank(b.Job)), byEpisodes(&a, &b))
	})
	from := slices.IndexFunc(list, func(c Credit) bool { return c.Department == Acting })
	if from >= 0 {
		to := from
		for to < len(list) && list[to].Department == Acting {
			to++
		}
		bill(list[from:to])
	}
	for i := range list {
		list[i].TitleID, list[i].Position = l.title, int32(i)
	}
	return list
}

func byEpisodes(a, b *Credit) int {
	if a.Department == Acting {
		return 0 // billed
	}
	return cmp.Compare(b.Episodes, a.Episodes)
}

// bill places the actors whom TMDB alone has: behind whom TMDB names before them,
// where both sources have somebody. KOBIS's order stands.
func bill(cast []Credit) {
	lead := slices.IndexFunc(cast, func(c Credit) bool { return c.Source == tmdb })
	if lead <= 0 || !slices.ContainsFunc(cast[:lead], func(c Credit) bool { return c.BillingTmdb > 0 }) {
		return
	}
	known, alone := slices.Clone(cast[:lead]), slices.Clone(cast[lead:])
	slices.SortStableFunc(alone, func(a, b Credit) int { return cmp.Compare(a.BillingTmdb, b.BillingTmdb) })
	// behind has, for each place among the known, who stands behind it; before the
	// first of them stands who is billed before all.
	behind := make([][]Credit, len(known)+1)
	for _, a := range alone {
		place, billing := 0, int32(0)
		for i, k := range known {
			if k.BillingTmdb > billing && k.BillingTmdb < a.BillingTmdb {
				place, billing = i+1, k.BillingTmdb
			}
		}
		if a.BillingTmdb == 0 {
			place = len(known)
		}
		behind[place] = append(behind[place], a)
	}
	ordered := slices.Clone(behind[0])
	for i, k := range known {
		ordered = append(append(ordered, k), behind[i+1]...)
	}
	copy(cast, ordered)
}
