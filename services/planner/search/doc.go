// Package search decides how a film of KOBIS is looked for at TMDB, with as few
// calls as possible. It is pure and knows neither jobs nor times.
//
// A film has several ways to be searched for, its variants; each is one call, and
// Next gives the one that is worth asking now, from the answers there are. Who
// asks does so only while no answer has brought a unique winner, so the order is
// that of what a call is likely to bring:
//
//   - A Korean film is known by its opening year, so its Korean title with that
//     year finds it in nearly all cases, and alone.
//   - A foreign film's year varies by one and more, so a title without a year
//     comes first; with a year it is asked only when there were more hits than
//     fit on a page, among which the film may be hidden.
//   - The English title comes after the Korean one, for records without a Korean
//     title, and the original title last.
//
// A second page is worth a call only where the narrowest variant overflows.
//
// It fails by leaving a film unfound that another query would have found.
package search
