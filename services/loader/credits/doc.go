// Package credits lists who did what on a title, which companies stand behind it
// and which genres it has.
//
// The sources' departments become one vocabulary, while the role keeps the
// source's own word. Each source's list stays whole and in its order; anyone who stands
// in both for one job is one credit, see merge. A person of TMDB has an id and
// becomes a row of production.people; a name of KOBIS has none, and is taken for such
// a person within one title and department alone.
package credits
