package planner

import (
	"strings"

	"github.com/cledit/pipeline/services/planner/internal/report"
)

// Sentences are what each source does or waits for, in English.
func Sentences(s Status) string {
	texts := make([]string, 0, len(s.Sources))
	for _, source := range s.Sources {
		if source.Why.Code == "" {
			continue
		}
		name, sentence := strings.ToUpper(string(source.Source)), strings.TrimSuffix(report.English(source.Why, s.At), ".")
		if !strings.HasPrefix(sentence, name+" ") {
			sentence = name + ": " + sentence
		}
		texts = append(texts, sentence)
	}
	return strings.Join(texts, "; ")
}

// What the planner reports.
type (
	// Status is what the planner saw at a tick.
	Status = report.Status
	// SourceStatus is how much a source can take.
	SourceStatus = report.SourceStatus
	// Report is a dry run: what is known, what would be called, and until when.
	Report = report.Report
	// workloadReport is one kind of work of a dry run.
	workloadReport = report.WorkloadReport
)
