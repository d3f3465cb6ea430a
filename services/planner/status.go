package planner

import "github.com/cledit/pipeline/services/planner/internal/report"

// What the planner reports.
type (
	// Status is what the planner saw at a tick.
	Status = report.Status
	// SourceStatus is how much a source can take.
	SourceStatus = report.SourceStatus
	// WorkloadStatus is one kind of work.
	WorkloadStatus = report.WorkloadStatus
	// Report is a dry run: what is known, what would be called, and until when.
	Report = report.Report
	// WorkloadReport is one kind of work of a dry run.
	WorkloadReport = report.WorkloadReport
)
