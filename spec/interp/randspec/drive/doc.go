// Package drive takes generated machines of random specs along random walks, on the fake clock of a synctest bubble, and
// writes down what they are seen to do. Whatever else runs the same spec along the same walk must write the same.
package drive
