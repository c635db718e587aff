package tiny

func Smaller(a, b int) int {
	if a < b {
		return a
	}
	return b
}
