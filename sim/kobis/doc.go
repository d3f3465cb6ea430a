// Package kobis simulates the Open API of the Korean Film Council: the film list
// and film details, daily and weekly box office.
//
// A Catalogue holds the facts in the order in which KOBIS lists them, and may
// change while it is read, as the real one does: an edited film jumps to the
// head of the list, all others shift down. A Server answers from it. As in the
// real API every value is a string but totCnt, empty means "" or [], and
// failures other than an overloaded server come as status 200 with faultInfo.
//
// What the real API does in these cases is not known, and is a choice of
// Options: an unknown movieCd (NotFound) and a page past the last (OmitEmpty).
package kobis
