// Package npm brings packages of npm to tests that hold the project's outputs against the real tools. It is for tests;
// where npm is not installed they are skipped.
package npm
