package match

import "time"

// Film is a KOBIS film as far as matching needs it. FilmOf makes it of records.
type Film struct {
	MovieCd        string
	Titles         []string // Korean, English, original; empty ones are ignored
	ProductionYear *int32
	OpenDate       *time.Time // in Korea; of a re-release, its own
	Nations        []string   // KOBIS's words, 한국 among them for a Korean film
	Directors      []string   // in Hangul and, where known, Latin letters
	Form           string     // KOBIS's word, 단편 for a short
	RuntimeMinutes *int32
	Genres         []string // KOBIS's words
	// Namesakes are how many other films of KOBIS have this Korean title and were
	// made at that time (see CountNamesakes); nil where nobody has counted them.
	Namesakes *int32
}

// Candidate is a record of TMDB. What only its detail tells is missing where the
// detail has not been fetched.
type Candidate struct {
	TmdbID           int32
	Titles           []string // in any language, alternative ones too
	OriginalLanguage string   // ISO 639-1
	ReleaseDate      *time.Time
	KoreanReleases   []time.Time // theatrical, in Korea
	Directors        []string
	Countries        []string // ISO 3166-1
	RuntimeMinutes   *int32
	Genres           []int32 // TMDB's numbers
	HasDetail        bool
	Gone             bool // TMDB no longer has it
}

// Verdicts are what people decided about a film.
type Verdicts struct {
	Pin    *Decision
	None   *Absence
	Banned []int32
	Alone  bool // it is nobody's edition; no match depends on it
}

// Decision is a person's word.
type Decision struct {
	TmdbID int32
	By     string
	Why    string
	Record Standing
}

// Standing is what is known of the record that a pin names.
type Standing int

// A pin takes effect with the record.
const (
	Stored  Standing = iota // it was read once, though TMDB may have lost it since
	Awaited                 // it was never asked for
	Unheard                 // TMDB has never had it
)

// Absence is a person's word that TMDB has no record of a film.
type Absence struct {
	By    string
	Why   string
	Shown []int32 // the candidates that were there
}

// Status is the outcome of a decision, as production.matches keeps it.
type Status string

// The outcomes.
const (
	Matched Status = "matched" // by rule
	Review  Status = "review"  // candidates, none of them certain
	None    Status = "none"    // no candidate that could be the film
	Pinned  Status = "pinned"  // by a person
	Banned  Status = "banned"  // what the rules would match, a person has ruled out
)

// Verdict is a decision with what it stands on.
type Verdict struct {
	Status Status
	TmdbID *int32 // for matched and pinned
	// Score is the probability, 0 to 1, that the best candidate is the film; 1
	// where a person decided. It is calibrated on known pairs: docs/matching.md.
	Score       float32
	RuleVersion int32
	Evidence    Evidence
}

// Evidence is kept as JSON beside the verdict.
type Evidence struct {
	Reason     string   `json:"reason"` // one line for a person
	DecidedBy  string   `json:"decided_by,omitempty"`
	Verdict    string   `json:"verdict,omitempty"` // none, where a person said so
	Candidates []Ranked `json:"candidates"`        // best first, the losing ones too
	// Wanted are the candidates whose detail could decide and is not there, best first,
	// and a former match that TMDB has lost.
	Wanted []int32 `json:"wanted,omitempty"`
}

// Ranked is a candidate with what speaks for it and against it.
type Ranked struct {
	TmdbID  int32    `json:"tmdb_id"`
	Score   float32  `json:"score"`             // the probability that it is the film, among all candidates
	Facts   []string `json:"facts"`             // that speak for it, each a line for a person
	Against []string `json:"against,omitempty"` // that speak against it
	Detail  bool     `json:"detail,omitempty"`  // its detail was read
	Banned  bool     `json:"banned,omitempty"`
	Gone    bool     `json:"gone,omitempty"`
}
