package jobs

import "github.com/cledit/pipeline/pkg/messages"

// Record is a job as ops.jobs has it.
type Record struct {
	Name     string // source.kind.key
	Workload string
	RunID    string
	JobID    uint64 // its sequence in JOBS; 0 where that is not known
	// GoneAt is the last sequence of RAW when the job was first seen gone from JOBS;
	// nil: it was not.
	GoneAt *uint64
}

// Outstanding is a job that is planned and not yet answered in the tables.
type Outstanding struct {
	Name     messages.Name
	Workload string
	RunID    string
	JobID    uint64 // its sequence in JOBS; 0 where that is not known
	// Unconfirmed is true until JOBS is known to have stored the job.
	Unconfirmed bool
	// Gone is true once it was not in JOBS any more.
	Gone bool
}

// Settlement is what has become of the jobs.
type Settlement struct {
	Outstanding []Outstanding // what remains
	// Unrecorded are names in JOBS of which it is not known, or not for certain,
	// who planned them.
	Unrecorded []messages.Name
	// Stuck are jobs that JOBS has and no fetcher gets any more, by their sequence.
	Stuck []uint64
	// AllDead is true when every letter that there is is recorded.
	AllDead bool
	// Recorded are the dead letters that are recorded.
	Recorded []Letter
	Changes
}

// Changes are the names of jobs whose record changes: those that end, and those that
// were seen to be gone from JOBS, or there again.
type Changes struct{ Answered, Lost, Dead, Gone, Back []string }

// Waiting are the jobs that are gone from JOBS and not known to be answered, by
// their names.
func (s Settlement) Waiting() map[messages.Name]Outstanding {
	waiting := map[messages.Name]Outstanding{}
	for _, job := range s.Outstanding {
		if job.Gone {
			waiting[job.Name] = job
		}
	}
	return waiting
}

// Settle decides what has become of the recorded jobs. answeredNames are those whose
// answer is in the tables, read after the view was.
func Settle(records []Record, answeredNames []string, v View) Settlement {
	out := Settlement{AllDead: v.AllDead, Recorded: v.Dead}
	answered, dead := make(map[string]bool, len(answeredNames)), map[string]bool{}
	for _, name := range answeredNames {
		answered[name] = true
	}
	for _, letter := range v.Dead {
		dead[letter.Name] = true
	}
	known := make(map[string]bool, len(records))
	for _, job := range records {
		known[job.Name] = true
		here := v.Jobs[job.Name]
		switch {
		case answered[job.Name]:
			out.Answered = append(out.Answered, job.Name)
			continue
		case dead[job.Name] && !here:
			out.Dead = append(out.Dead, job.Name)
			continue
		case here && job.GoneAt != nil:
			out.Back = append(out.Back, job.Name)
		case !here && isLost(job, v):
			out.Lost = append(out.Lost, job.Name)
			continue
		case !here && (job.GoneAt == nil || *job.GoneAt > v.LastSeq):
			out.Gone = append(out.Gone, job.Name)
		}
		out.keep(job, here, v)
	}
	for subject := range v.Jobs {
		if name, err := messages.ParseName(subject); err == nil && !known[subject] {
			out.Unrecorded = append(out.Unrecorded, name)
		}
	}
	return out
}

// isLost reports whether the loader has passed all that RAW held when the job was
// already gone from JOBS. The answers were read after the view was taken, so one
// that exists has been seen; the same goes for dead letters, unless there are
// more of them than the view holds.
func isLost(job Record, v View) bool {
	end := v.LastSeq
	if job.GoneAt != nil && *job.GoneAt <= v.LastSeq {
		end = *job.GoneAt
	}
	return v.AllDead && v.Loaded >= end
}

func (s *Settlement) keep(job Record, here bool, v View) {
	name, err := messages.ParseName(job.Name)
	if err != nil { // of another version: it goes when it is answered or lost
		return
	}
	s.Outstanding = append(s.Outstanding, Outstanding{
		Name: name, Workload: job.Workload, RunID: job.RunID, JobID: job.JobID, Unconfirmed: job.JobID == 0, Gone: !here,
	})
	if here && job.JobID > 0 && job.JobID <= v.AckFloor[name.Source] {
		s.Stuck = append(s.Stuck, job.JobID)
	}
	if here && job.JobID == 0 {
		s.Unrecorded = append(s.Unrecorded, name)
	}
}
