package pool

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seer is a worker that tells of its process.
const seer = `

import os, sys
from fsmpool import worker

@worker.command
def env(name):
    return os.environ.get(name)

@worker.command
def about(args):
    return {"name": __name__, "package": __package__, "cwd": os.getcwd(), "argv": sys.argv[1:], "uid": os.getuid()}

@worker.command
def sdk(args):
    import fsmpool
    return os.path.dirname(os.path.dirname(fsmpool.__file__))

worker.run()
`

// placed writes files into a new directory that all users may read, by their paths.
func placed(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// asked is the answer of a worker, as it stands in JSON.
func asked(t *testing.T, p *Pool, command, payload string) string {
	t.Helper()
	r, err := p.Execute(t.Context(), command, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return string(r.Payload)
}

func TestProcessSource_CheckSaysWhatIsWrong(t *testing.T) {
	for want, s := range map[string]*ProcessSource{
		"":                       {Script: "w.py", Args: []string{"-v"}, Path: "pypy3", Wrapper: []string{"nice", "-n", "5"}, Dir: "/", Fork: true, AddEnv: []string{"A=", "B=1=2"}},
		"is a nil":               nil,
		"names neither":          {},
		"both a Script":          {Script: "w.py", Module: "w"},
		"can Fork only":          {Path: "/bin/cat", Fork: true},
		`Module "app/work.py"`:   Module("app/work.py"),
		`Module ".work"`:         Module(".work"),
		"Wrapper without":        {Script: "w.py", Wrapper: []string{""}},
		`"HOME" without a value`: {Script: "w.py", AddEnv: []string{"HOME"}},
		"without a name":         {Script: "w.py", AddEnv: []string{"=x"}},
		`"A" with a NUL`:         {Script: "w.py", Env: []string{"A=secret\x00"}},
	} {
		got := s.check()
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("check() = %q; want %q", got, want)
		}
	}
	if got := (&ProcessSource{Module: "w", Fork: true}).check(); got != "" {
		t.Errorf("a module with a fork server: %s", got)
	}
}

func TestProcessSource_TheEnvironmentAndWhatIsAdded(t *testing.T) {
	service := []string{"PATH=/bin", "TZ=UTC", "SECRET=1", "DATABASE_URL=2"}
	for name, tt := range map[string]struct {
		source         ProcessSource
		env, forgotten []string
	}{
		"the base":               {ProcessSource{}, []string{"PATH=/bin", "TZ=UTC"}, []string{"DATABASE_URL", "SECRET"}},
		"added to the base":      {ProcessSource{AddEnv: []string{"SECRET=x", "TZ=CET"}}, []string{"PATH=/bin", "SECRET=x", "TZ=CET"}, []string{"DATABASE_URL"}},
		"all of it":              {ProcessSource{Env: []string{"A=1"}}, []string{"A=1"}, nil},
		"none of it":             {ProcessSource{Env: []string{}}, []string{}, nil},
		"added to all of it":     {ProcessSource{Env: []string{"A=1", "B=1"}, AddEnv: []string{"A=2", "A=3"}}, []string{"B=1", "A=3"}, nil},
		"added to what is empty": {ProcessSource{Env: []string{}, AddEnv: []string{"A=2"}}, []string{"A=2"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			env, forgotten := tt.source.environment(service)
			if diff := cmp.Diff([][]string{tt.env, tt.forgotten}, [][]string{env, forgotten}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestProcessSource_VariablesReachTheWorkerAndTheLogNamesTheOthers(t *testing.T) {
	t.Setenv("CUDA_VISIBLE_DEVICES", "3")
	t.Setenv("MY_PASSWORD", "secret")
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	dir := placed(t, map[string]string{"w.py": seer})
	p, err := Start(t.Context(), Config{Source: &ProcessSource{Script: dir + "/w.py", AddEnv: []string{"EXTRA=1", "EXTRA=2"}}, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"CUDA_VISIBLE_DEVICES": `"3"`, "MY_PASSWORD": "null", "EXTRA": `"2"`} {
		if got := asked(t, p, "env", `"`+name+`"`); got != want {
			t.Errorf("%s of the worker is %s; want %s", name, got, want)
		}
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "MY_PASSWORD") || strings.Contains(text, "secret") || strings.Contains(text, "CUDA_VISIBLE") {
		t.Errorf("the log should name what is left out, without values:\n%s", text)
	}
}

// Rows: U4.
func TestModule_RunsAsPythonDashM(t *testing.T) {
	needPython(t)
	dir := placed(t, map[string]string{
		"app/__init__.py":     "",
		"app/models.py":       "answer = 42\n",
		"app/work.py":         "from .models import answer\n" + seer,
		"app/sub/__init__.py": "",
		"app/sub/__main__.py": "from ..models import answer\n" + seer,
	})
	for name, tt := range map[string]struct {
		source  *ProcessSource
		pkg     string
		workers int
	}{
		"a module":                  {&ProcessSource{Module: "app.work", Dir: dir, Args: []string{"-x", "1"}}, "app", 1},
		"a package":                 {&ProcessSource{Module: "app.sub", Dir: dir, Args: []string{"-x", "1"}}, "app.sub", 1},
		"with a fork server":        {&ProcessSource{Module: "app.work", Dir: dir, Args: []string{"-x", "1"}, Fork: true}, "app", 3},
		"found on the Python path":  {&ProcessSource{Module: "app.work", Dir: "/", Args: []string{"-x", "1"}, AddEnv: []string{"PYTHONPATH=" + dir}}, "app", 1},
		"with a fork server's path": {&ProcessSource{Module: "app.sub", Dir: "/", Args: []string{"-x", "1"}, Fork: true, AddEnv: []string{"PYTHONPATH=" + dir}}, "app.sub", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPython(t, Config{Source: tt.source, Size: Size{Min: tt.workers}})
			got := asked(t, p, "about", "null")
			for _, part := range []string{`"name":"__main__"`, `"package":"` + tt.pkg + `"`, `"cwd":"` + tt.source.Dir + `"`, `"argv":["-x","1"]`} {
				if !strings.Contains(got, part) {
					t.Errorf("the worker is %s; want %s", got, part)
				}
			}
		})
	}
}

func TestModule_OneThatIsNotThereFailsTheStart(t *testing.T) {
	needPython(t)
	for _, module := range []string{"nosuch", "no.such", "fsmpool.nosuch", "json"} {
		var failed atomic.Int32
		_, err := Start(t.Context(), Config{Source: Module(module), Observer: observerFunc(func(ev Event) {
			if _, ok := ev.(EventWorkerFailed); ok {
				failed.Add(1)
			}
		})})
		if err == nil || !strings.Contains(err.Error(), "exit status 1 of /") || !strings.Contains(err.Error(), "No module named") {
			t.Errorf("Start of %s = %v; want the interpreter and what it says", module, err)
		}
		if n := failed.Load(); n != 1 {
			t.Errorf("%d workers of %s have failed to start; want that one is enough", n, module)
		}
	}
}

// TestUpgrade_PythonModuleThatIsNotThere is rolled back with the first worker, twice, and the old workers serve on.
func TestUpgrade_PythonModuleThatIsNotThere(t *testing.T) {
	p := startPython(t, Config{Version: "old"})
	for range 2 {
		report, err := p.Upgrade(t.Context(), Module("no.such"), Rollout{Label: "new"})
		back, ok := errors.AsType[*RolledBackError](err)
		if !ok || !is[*StartError](back.Err) || report.New.StartFailures != 1 || !strings.Contains(err.Error(), "No module named") {
			t.Errorf("Upgrade = %+v, %v; want a rollback because of the first worker", report, err)
		}
		if _, err := p.Execute(t.Context(), "echo", []byte("1")); err != nil {
			t.Error(err)
		}
	}
}

func TestProcessSource_TheErrorOfAStartNamesTheInterpreter(t *testing.T) {
	needPython(t)
	dir := placed(t, map[string]string{"w.py": "import no_such_module\n"})
	_, err := Start(t.Context(), Config{Source: Python(dir + "/w.py"), StartAttempts: 1})
	if err == nil || !strings.Contains(err.Error(), "exit status 1 of /") {
		t.Errorf("Start = %v; want the path of the interpreter", err)
	}
	_, err = Start(t.Context(), Config{Source: Command("/bin/false"), StartAttempts: 1})
	if err == nil || strings.Contains(err.Error(), "exit status 1 of") {
		t.Errorf("Start = %v; want no interpreter of a program", err)
	}
}

func TestProcessSource_TheEndOfAReadyWorkerDoesNotNameTheInterpreter(t *testing.T) {
	p := startPython(t, Config{})
	_, err := p.Execute(t.Context(), "die", []byte(`{}`))
	if err == nil || strings.Contains(err.Error(), " of /") {
		t.Errorf("Execute = %v; want no interpreter", err)
	}
}

func TestProcessSource_AnOldPythonFailsTheStartAtOnce(t *testing.T) {
	dir := placed(t, map[string]string{
		"bin/python3": "#!/bin/sh\necho asked >>" + "\"$0.log\"" + "\necho fsmpool-python 3 8 $0\n",
		"w.py":        seer,
	})
	interpreter := dir + "/bin/python3"
	_, err := Start(t.Context(), Config{Source: &ProcessSource{Script: dir + "/w.py", Path: interpreter}, StartAttempts: 3})
	if err == nil || !strings.Contains(err.Error(), interpreter+" is Python 3.8; want 3.9 or newer") {
		t.Errorf("Start = %v; want the interpreter, its version and the oldest one", err)
	}
	if log, err := os.ReadFile(interpreter + ".log"); err != nil || strings.Count(string(log), "asked") != 1 {
		t.Errorf("the interpreter was run %q, %v; want once", log, err)
	}
}

// Rows: U4.
func TestProcessSource_AProgramInFrontOfTheInterpreterRuns(t *testing.T) {
	needPython(t)
	dir := placed(t, map[string]string{
		"python":   "#!/bin/sh\nexport SEEN=interpreter\nexec python3 \"$@\"\n",
		"fronting": "#!/bin/sh\nexport SEEN=\"$1\"\nshift\nexec \"$@\"\n",
		"spawning": "#!/bin/sh\nexport SEEN=\"$1\"\nshift\n\"$@\"\n",
		"w.py":     seer,
	})
	for name, tt := range map[string]struct {
		source *ProcessSource
		want   string
	}{
		"a script as the interpreter":         {&ProcessSource{Script: "w.py", Dir: dir, Path: "./python"}, `"interpreter"`},
		"one with a fork server":              {&ProcessSource{Script: "w.py", Dir: dir, Path: "./python", Fork: true}, `"interpreter"`},
		"a wrapper with a fork server":        {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"./fronting", "wrapper"}, Fork: true}, `"wrapper"`},
		"a wrapper of a module so":            {&ProcessSource{Module: "w", Dir: dir, Wrapper: []string{"./fronting", "wrapper"}, Fork: true}, `"wrapper"`},
		"a wrapper over what is added":        {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"./fronting", "wrapper"}, Fork: true, AddEnv: []string{"SEEN=added"}}, `"wrapper"`},
		"a wrapper that takes one away":       {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"env", "-u", "SEEN"}, Fork: true, AddEnv: []string{"SEEN=added"}}, "null"},
		"a wrapper":                           {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"./fronting", "wrapper"}}, `"wrapper"`},
		"a wrapper around a script":           {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"./fronting", "x"}, Path: "./python"}, `"interpreter"`},
		"a wrapper of a module":               {&ProcessSource{Module: "w", Dir: dir, Wrapper: []string{"./fronting", "wrapper"}}, `"wrapper"`},
		"a wrapper of a command":              {&ProcessSource{Path: "python3", Args: []string{dir + "/w.py"}, Dir: dir, Wrapper: []string{"./fronting", "wrapper"}, AddEnv: []string{"PYTHONPATH=" + sdkCopy(t)}}, `"wrapper"`},
		"a wrapper that waits for its child":  {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"./spawning", "wrapper"}}, `"wrapper"`},
		"a wrapper from the path, with words": {&ProcessSource{Script: "w.py", Dir: dir, Wrapper: []string{"env", "-u", "HOME", "SEEN=env"}}, `"env"`},
	} {
		t.Run(name, func(t *testing.T) {
			p := startPython(t, Config{Source: tt.source})
			if got := asked(t, p, "env", `"SEEN"`); got != tt.want {
				t.Errorf("the worker sees %s; want %s", got, tt.want)
			}
		})
	}
}

// Rows: U4.
func TestProcessSource_AWorkerOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root")
	}
	const interpreter = "/usr/bin/python3" // that of a version manager may be in a home that no other user can read
	if _, err := os.Stat(interpreter); err != nil {
		t.Skip(err)
	}
	dir := room(t)
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.WriteFile(dir+"/w.py", []byte(seer), 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, fork := range []bool{false, true} {
		p := startPython(t, Config{Source: &ProcessSource{
			Script: dir + "/w.py", Path: interpreter, Fork: fork, Credential: &syscall.Credential{Uid: 65534, Gid: 65534},
		}})
		for range 2 { // the second worker is started when the first one is gone
			if got := asked(t, p, "about", "null"); !strings.Contains(got, `"uid":65534`) {
				t.Errorf("the worker is %s; want user 65534", got)
			}
			p.Recycle(p.Workers()[0].ID)
		}
	}
}

func TestProcessSource_AnotherUserThatCannotReadTheScript(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root")
	}
	const interpreter = "/usr/bin/python3" // as above
	if _, err := os.Stat(interpreter); err != nil {
		t.Skip(err)
	}
	dir := placed(t, map[string]string{"closed/w.py": seer, "private.py": seer})
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir+"/closed", 0o700), os.Chmod(dir+"/private.py", 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		source ProcessSource
		want   string
	}{
		{"in a closed directory", ProcessSource{Script: dir + "/closed/w.py"}, "enter the directory \"" + dir + "/closed\""},
		{"a file of another user", ProcessSource{Script: dir + "/private.py"}, "read the file \"" + dir + "/private.py\""},
		{"a module in a closed directory", ProcessSource{Module: "w", Dir: dir + "/closed"}, "enter the directory \"" + dir + "/closed\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.source.Path, tt.source.Credential = interpreter, &syscall.Credential{Uid: 65534, Gid: 65534}
			for _, tt.source.Fork = range []bool{false, true} {
				_, err := Start(t.Context(), Config{Source: &tt.source, StartAttempts: 1})
				if !is[*StartError](err) || !strings.Contains(err.Error(), "user 65534 cannot "+tt.want) {
					t.Errorf("fork %v: Start = %v; want it to say that user 65534 cannot %s", tt.source.Fork, err, tt.want)
				}
			}
		})
	}
}

// sharer is a worker with a segment of shared memory, which Python's resource tracker removes when the worker is gone.
const sharer = `

from multiprocessing import shared_memory
from fsmpool import worker

@worker.command
def share(args):
    global segment
    segment = shared_memory.SharedMemory(create=True, size=1 << 16)
    return segment.name

worker.run()
`

func TestProcess_SharedMemoryIsRemovedWithItsWorker(t *testing.T) {
	needPython(t)
	if _, err := os.Stat("/dev/shm"); err != nil {
		t.Skip(err)
	}
	dir := placed(t, map[string]string{"w.py": sharer})
	for _, fork := range []bool{false, true} {
		p, err := Start(t.Context(), Config{Source: &ProcessSource{Script: dir + "/w.py", Fork: fork}, Size: Size{Min: 2}})
		if err != nil {
			t.Fatal(err)
		}
		var segments []string
		share := func() {
			segments = append(segments, "/dev/shm/"+strings.Trim(asked(t, p, "share", "null"), `"/`))
		}
		share()
		if err := syscall.Kill(p.Workers()[0].PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		share()
		p.Recycle(p.Workers()[0].ID)
		share()
		if err := p.Close(t.Context()); err != nil { // waits for what workers leave
			t.Fatal(err)
		}
		for i, path := range segments {
			if _, err := os.Stat(path); err == nil {
				t.Errorf("segment %d is left", i)
				_ = os.Remove(path)
			}
		}
	}
}
