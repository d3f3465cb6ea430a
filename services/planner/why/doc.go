// Package why says of a source what it does or waits for, as a code with arguments.
//
// One reason is given, the most general: what keeps everything stands before what keeps
// a part. The codes are made into sentences by anyone who shows them, in the language of
// the reader. Explain is pure.
//
// It fails by giving a reason that is up to a minute old.
package why
