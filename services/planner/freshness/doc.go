// Package freshness says of each set of data whether it is as fresh as promised.
//
// Each set has a deadline, in Seoul's time where it is a day's. Judge compares what has
// landed with what should have, partition by partition: a backfill of older days never
// makes a day that is late look fresh. It is pure, so anyone who watches needs no clock of
// their own: seconds overdue and times of landing go into metrics as they are.
//
// It fails by judging on facts that are up to a minute old.
package freshness
