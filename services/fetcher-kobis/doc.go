// Package fetcherkobis answers jobs with calls of the KOBIS Open API: movie
// lists, movie details and the daily box office.
//
// KOBIS reports faults with status 200 and tells them by a code. A key whose day
// is used up is parked and the job goes on with another one; a key that KOBIS
// does not know is disabled. Anything that is neither a known fault nor an answer
// of the expected shape, such as a maintenance page, is tried again and never
// taken for an empty list. A film that KOBIS does not have is an answer: not
// found.
package fetcherkobis
