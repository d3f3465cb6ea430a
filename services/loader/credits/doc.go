// Package credits lists who did what on a title, which companies stand behind it
// and which genres it has.
//
// The sources' departments become one vocabulary, while the role keeps the
// source's own word. Each source's list stays whole and in its order: the same
// person in both is two credits. A person of TMDB has an id and becomes a row of
// production.people; a name of KOBIS has none and is never taken for a person.
package credits
