package proc_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fsmgen/fsmgen/internal/proc"
)

func TestBaseEnv_WhatAWorkerMayHave(t *testing.T) {
	for name, tt := range map[string]struct {
		variables []string
		passed    bool
	}{
		"paths and home":      {[]string{"PATH=/bin", "HOME=/h", "USER=u", "TMPDIR=/t", "XDG_CACHE_HOME=/c"}, true},
		"locale and time":     {[]string{"LANG=en", "LC_TIME=C", "TZ=", "TZDIR=/z"}, true},
		"libraries":           {[]string{"LD_LIBRARY_PATH=/l", "LD_PRELOAD=libjemalloc.so"}, true},
		"Python":              {[]string{"PYTHONPATH=/p", "PYTHONUNBUFFERED=1", "VIRTUAL_ENV=/v", "CONDA_PREFIX=/c", "PYENV_VERSION=3.12"}, true},
		"devices":             {[]string{"CUDA_VISIBLE_DEVICES=3", "NVIDIA_VISIBLE_DEVICES=all", "HIP_VISIBLE_DEVICES=0", "ROCR_VISIBLE_DEVICES=0"}, true},
		"threads":             {[]string{"OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "NUMEXPR_MAX_THREADS=1", "GOMP_CPU_AFFINITY=0", "KMP_AFFINITY=x"}, true},
		"memory":              {[]string{"MALLOC_ARENA_MAX=2", "PYTORCH_CUDA_ALLOC_CONF=x"}, true},
		"certificates":        {[]string{"SSL_CERT_FILE=/f", "SSL_CERT_DIR=/d", "REQUESTS_CA_BUNDLE=/b"}, true},
		"models":              {[]string{"HF_HOME=/m", "HF_HUB_OFFLINE=1", "TORCH_HOME=/t", "TRANSFORMERS_CACHE=/c"}, true},
		"a proxy":             {[]string{"HTTPS_PROXY=http://proxy:3128", "http_proxy=http://proxy", "NO_PROXY=localhost"}, true},
		"a proxy with a user": {[]string{"HTTPS_PROXY=http://me:secret@proxy", "ALL_PROXY=socks5://me:x@p"}, false},
		"tokens":              {[]string{"HF_TOKEN=x", "MISE_GITHUB_TOKEN=x", "CONDA_API_KEY=x", "JAX_PASSWORD=x", "ARROW_SECRET=x", "HF_Token=x", "hf_token=x"}, false},
		"what is not listed":  {[]string{"AWS_SECRET_ACCESS_KEY=x", "DATABASE_URL=x", "GITHUB_TOKEN=x", "PATHS=x", "LC=x", "MY_CUDA_DEVICE=1"}, false},
		"what is no variable": {[]string{"HOME", "", "=x"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			if tt.passed {
				want = tt.variables
			}
			if diff := cmp.Diff(want, append([]string(nil), proc.BaseEnv(tt.variables)...)); diff != "" {
				t.Errorf("BaseEnv (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLeftOut_NamesAreSorted(t *testing.T) {
	got := proc.LeftOut([]string{"Z=1", "A=secret=2", "PATH=/bin", "none"}, []string{"PATH=/other"})
	if diff := cmp.Diff([]string{"A", "Z"}, got); diff != "" {
		t.Errorf("LeftOut (-want +got):\n%s", diff)
	}
}

func TestMergeEnv_TheLastOneWins(t *testing.T) {
	for _, tt := range []struct{ env, more, want string }{
		{"A=1 B=2", "C=3", "A=1 B=2 C=3"},
		{"A=1 B=2", "A=3", "B=2 A=3"},
		{"A=1 A=2", "", "A=2"},
		{"A=1", "A=2 A=", "A="},
		{"AB=1", "A=2", "AB=1 A=2"},
	} {
		got := proc.MergeEnv(strings.Fields(tt.env), strings.Fields(tt.more))
		if strings.Join(got, " ") != tt.want {
			t.Errorf("MergeEnv(%s, %s) = %s; want %s", tt.env, tt.more, got, tt.want)
		}
	}
}

// placed writes an empty file of the given mode.
func placed(t *testing.T, mode os.FileMode, elements ...string) string {
	t.Helper()
	path := filepath.Join(elements...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLookPath_SearchesTheGivenEnvironmentAndDirectory(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	placed(t, 0o644, first, "plain")
	placed(t, 0o755, first, "both")
	placed(t, 0o755, first, "folder", "x")
	placed(t, 0o755, second, "plain")
	placed(t, 0o755, second, "both")
	placed(t, 0o755, second, "folder")
	placed(t, 0o755, dir, "only-relative")
	t.Chdir(dir)
	env := []string{"A=1", "PATH=:.:" + first + ":" + second, "PATH=/later"}
	for _, tt := range []struct{ name, dir, want, what string }{
		{"both", "", filepath.Join(first, "both"), ""},
		{"plain", "", filepath.Join(second, "plain"), ""},
		{"folder", "", filepath.Join(second, "folder"), ""},
		{"./first/both", "", filepath.Join(first, "both"), ""},
		{"./both", "first", filepath.Join(first, "both"), ""},
		{"./both", first, filepath.Join(first, "both"), ""},
		{"../second/both", "first", filepath.Join(second, "both"), ""},
		{first + "/both", "second", filepath.Join(first, "both"), ""},
		{"both", "second", filepath.Join(first, "both"), ""},
		{"./first/plain", "", "", first + "/plain: is not executable (mode -rw-r--r--)"},
		{"./folder", "first", "", first + "/folder: is a directory"},
		{"./none", "first", "", first + "/none: no such file or directory"},
		{"only-relative", "", "", "not found in PATH :.:" + first + ":" + second},
		{"", "", "", "not found in PATH :.:" + first + ":" + second},
	} {
		got, err := proc.LookPath(tt.name, tt.dir, env)
		look, _ := errors.AsType[*proc.LookError](err)
		if got != tt.want || (tt.what != "") != (look != nil) {
			t.Errorf("LookPath(%q, %q) = %q, %v; want %q", tt.name, tt.dir, got, err, tt.want)
		}
		if look != nil && look.What != tt.what {
			t.Errorf("LookPath(%q, %q): %s; want %s", tt.name, tt.dir, look.What, tt.what)
		}
		if missing := strings.Contains(tt.what, "no such") || strings.Contains(tt.what, "not found"); missing != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("LookPath(%q, %q): %v; want fs.ErrNotExist: %v", tt.name, tt.dir, err, missing)
		}
	}
}

func TestLookPath_AnErrorIsOneLineOfBoundedLength(t *testing.T) {
	_, err := proc.LookPath("x", "", []string{"PATH=/a\nb:" + strings.Repeat("/long", 1000)})
	if text := err.Error(); len(text) > 400 || strings.Contains(text, "\n") {
		t.Errorf("the error has %d bytes: %q", len(text), text)
	}
}
