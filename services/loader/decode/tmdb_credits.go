package decode

import "github.com/cledit/pipeline/services/loader/record"

type tmdbCreditsBody struct {
	Cast []tmdbCastRow `json:"cast"`
	Crew []tmdbCrewRow `json:"crew"`
}

type tmdbPersonRow struct {
	ID           scalar `json:"id"`
	Name         scalar `json:"name"`
	OriginalName scalar `json:"original_name"`
	ProfilePath  scalar `json:"profile_path"`
}

// tmdbCastRow is a film's; a series' aggregate lists several roles.
type tmdbCastRow struct {
	tmdbPersonRow
	Character scalar `json:"character"`
	Order     scalar `json:"order"`
	CreditID  scalar `json:"credit_id"`
	Roles     []struct {
		Character    scalar `json:"character"`
		CreditID     scalar `json:"credit_id"`
		EpisodeCount scalar `json:"episode_count"`
	} `json:"roles"`
}

type tmdbCrewRow struct {
	tmdbPersonRow
	Department scalar `json:"department"`
	Job        scalar `json:"job"`
	CreditID   scalar `json:"credit_id"`
	Jobs       []struct {
		Job          scalar `json:"job"`
		CreditID     scalar `json:"credit_id"`
		EpisodeCount scalar `json:"episode_count"`
	} `json:"jobs"`
}

// person may lack an id, which is 0 then: a credit by name alone is still a
// credit. Without a name it is nobody.
func (r tmdbReader) person(field string, s tmdbPersonRow) record.TmdbPerson {
	person := record.TmdbPerson{
		ID: r.id(field+".id", s.ID), Name: r.text(field+".name", s.Name),
		NameOriginal: r.text(field+".original_name", s.OriginalName),
		Profile:      r.code(field+".profile_path", s.ProfilePath),
	}
	if person.Name == "" && s.Name.kind != composite && s.Name.kind != oversized { // a name that can't be read is not this one
		person.Name = person.NameOriginal
	}
	return person
}

func (r tmdbReader) cast(list []tmdbCastRow) []record.TmdbCast {
	cast := make([]record.TmdbCast, 0, len(list))
	for _, c := range list {
		member := record.TmdbCast{TmdbPerson: r.person("cast", c.tmdbPersonRow), Order: r.count("cast.order", c.Order)}
		if member.Name == "" {
			continue
		}
		if len(c.Roles) == 0 {
			member.Character, member.CreditID = r.text("cast.character", c.Character), r.code("cast.credit_id", c.CreditID)
			cast = append(cast, member)
		}
		for _, role := range c.Roles {
			member.Character, member.CreditID = r.text("cast.roles.character", role.Character), r.code("cast.roles.credit_id", role.CreditID)
			member.Episodes = r.count("cast.roles.episode_count", role.EpisodeCount)
			cast = append(cast, member)
		}
	}
	return cast
}

func (r tmdbReader) crew(list []tmdbCrewRow) []record.TmdbCrew {
	crew := make([]record.TmdbCrew, 0, len(list))
	for _, c := range list {
		member := record.TmdbCrew{TmdbPerson: r.person("crew", c.tmdbPersonRow), Department: r.text("crew.department", c.Department)}
		if member.Name == "" {
			continue
		}
		if len(c.Jobs) == 0 {
			member.Job, member.CreditID = r.text("crew.job", c.Job), r.code("crew.credit_id", c.CreditID)
			crew = append(crew, member)
		}
		for _, job := range c.Jobs {
			member.Job, member.CreditID = r.text("crew.jobs.job", job.Job), r.code("crew.jobs.credit_id", job.CreditID)
			member.Episodes = r.count("crew.jobs.episode_count", job.EpisodeCount)
			crew = append(crew, member)
		}
	}
	return crew
}

// regulars marks those of a cast who are in the other list too, that of the cast
// for good: under the same number of their credit, or under the same person's where the
// source gives none.
func regulars(cast, lasting []record.TmdbCast) {
	type one struct {
		credit string
		person int32
		name   string
	}
	of := func(c *record.TmdbCast) one {
		switch {
		case c.CreditID != "":
			return one{credit: c.CreditID}
		case c.ID != 0:
			return one{person: c.ID}
		}
		return one{name: c.Name}
	}
	listed := make(map[one]bool, len(lasting))
	for i := range lasting {
		listed[of(&lasting[i])] = true
	}
	for i := range cast {
		cast[i].Regular = listed[of(&cast[i])]
	}
}

// mentions adds the names that a work knows people and companies by.
func (r tmdbReader) mentions(f *Facts, w *record.TmdbWork) {
	doubtful := r.doubtful("credits", "aggregate_credits")
	for _, c := range w.Cast {
		f.person(c.TmdbPerson, doubtful)
	}
	for _, c := range w.Crew {
		f.person(c.TmdbPerson, doubtful)
	}
	doubtful = r.doubtful("production_companies")
	for _, c := range w.Companies {
		if c.ID != 0 {
			f.TmdbCompanies = append(f.TmdbCompanies, record.TmdbCompanyName{TmdbCompany: c, Doubtful: doubtful})
		}
	}
}

func (f *Facts) person(p record.TmdbPerson, doubtful bool) {
	if p.ID != 0 {
		f.TmdbPeople = append(f.TmdbPeople, record.TmdbPersonName{TmdbPerson: p, Doubtful: doubtful})
	}
}
