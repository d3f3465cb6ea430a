// Package table is the text format of the built-in catalogue: facts, one record a
// line, so that a change shows as a change of a line.
//
// A file begins with a line of column names. Columns are separated by tabs, the
// items of a list by "|", the parts of an item by "~"; parts that are missing at
// the end are empty. Whatever can't be seen, or would be taken for a separator, is
// escaped with a backslash: \t \n \r \p (|) \w (~) \s (a space at an end) \e (an
// empty item that stands alone) \uX; (a code
// point, hexadecimal).
//
// Reading fails with the file's line and column; nothing is guessed.
package table
