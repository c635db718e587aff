package proc

import (
	"slices"
	"strings"
)

// baseNames are variables without which ordinary programs do not find their files, their language, their libraries or their
// devices, and which carry no secrets.
var baseNames = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "HOSTNAME", "TERM", "NO_COLOR",
	"TMPDIR", "TMP", "TEMP", "TEMPDIR",
	"LANG", "LANGUAGE", "TZ", "TZDIR",
	"LD_LIBRARY_PATH", "LD_PRELOAD", "GLIBC_TUNABLES", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH",
	"VIRTUAL_ENV", "UV_PYTHON", "UV_CACHE_DIR", "UV_PROJECT_ENVIRONMENT", "UV_OFFLINE",
	"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "NO_PROXY", "no_proxy",
	"TOKENIZERS_PARALLELISM", "RAYON_NUM_THREADS", "POLARS_MAX_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS",
	"HUGGINGFACE_HUB_CACHE", "SENTENCE_TRANSFORMERS_HOME", "NLTK_DATA",
}

// basePrefixes are the beginnings of further names of that kind.
var basePrefixes = []string{
	"LC_", "XDG_", "PYTHON", "CONDA_", "MAMBA_", "PYENV_", "ASDF_", "MISE_", "SSL_CERT_",
	"OMP_", "MKL_", "OPENBLAS_", "GOTO_", "NUMEXPR_", "GOMP_", "KMP_", "NUMBA_", "MALLOC_", "MIMALLOC_", "TCMALLOC_", "ARROW_",
	"CUDA_", "NVIDIA_", "CUBLAS_", "CUDNN_", "NCCL_", "HIP_", "ROCR_", "ROCM_", "HSA_", "ONEAPI_", "SYCL_", "ZE_",
	"TORCH_", "PYTORCH_", "TF_", "XLA_", "JAX_", "TRITON_", "HF_", "TRANSFORMERS_",
}

// proxyNames hold addresses, in which there may be a password.
var proxyNames = []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"}

// secretWords are parts of names, between underscores, whose values are secrets.
var secretWords = []string{
	"TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASS", "KEY", "KEYS", "APIKEY", "CREDENTIAL", "CREDENTIALS", "AUTH", "JWT",
}

// BaseEnv returns the part of environ (as of os.Environ) that every worker may have: what says where programs, libraries,
// models, certificates and devices are, the locale and the time zone, and how many threads, how much memory and which devices
// a process may use. What may be a secret is left out: names that are not listed, listed ones with a word such as TOKEN in
// them, and addresses of proxies with a user in them. The result is the caller's to append to.
func BaseEnv(environ []string) []string {
	base := make([]string, 0, len(environ))
	for _, kv := range environ {
		if harmless(kv) {
			base = append(base, kv)
		}
	}
	return base
}

// LeftOut returns the sorted names of the variables of environ that are not in env.
func LeftOut(environ, env []string) []string {
	kept := make(map[string]bool, len(env))
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		kept[name] = true
	}
	var names []string
	for _, kv := range environ {
		if name, _, ok := strings.Cut(kv, "="); ok && !kept[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func harmless(kv string) bool {
	name, value, ok := strings.Cut(kv, "=")
	switch {
	case !ok || name == "":
		return false
	case slices.Contains(baseNames, name):
		return true
	case slices.Contains(proxyNames, name):
		return !strings.Contains(value, "@")
	default:
		return slices.ContainsFunc(basePrefixes, func(p string) bool { return strings.HasPrefix(name, p) }) && !mayBeSecret(name)
	}
}

func mayBeSecret(name string) bool {
	return slices.ContainsFunc(strings.Split(strings.ToUpper(name), "_"), func(word string) bool { return slices.Contains(secretWords, word) })
}

// MergeEnv returns env with the variables of more: of several of one name the last one stays, at its own place.
func MergeEnv(env, more []string) []string {
	last := map[string]int{}
	all := slices.Concat(env, more)
	for i, kv := range all {
		name, _, _ := strings.Cut(kv, "=")
		last[name] = i
	}
	merged := make([]string, 0, len(all))
	for i, kv := range all {
		if name, _, _ := strings.Cut(kv, "="); last[name] == i {
			merged = append(merged, kv)
		}
	}
	return merged
}

// lookup returns the value that a program finds, that of the first of several.
func lookup(env []string, name string) string {
	for _, kv := range env {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}
