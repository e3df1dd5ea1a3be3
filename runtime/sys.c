/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system: child processes without a shell, capabilities.
 * Children get anonymous files as their standard streams, so nothing is
 * written to a directory that others can reach.
 */
#include "runtime/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/scope.h"

int tz_sys_memfd(const char *name, const void *data, size_t len)
{
	_cleanup_close_ int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int tz_sys_slurp(int fd, char **text, size_t *len)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;

	size_t size = (size_t)st.st_size, done = 0;
	_cleanup_free_ char *buf = malloc(size + 1);

	if (!buf)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, buf + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	buf[done] = '\0';
	*text = TAKE_PTR(buf);
	*len = done;
	return 0;
}

static int spawn(char *const argv[], int in, int out, int err, pid_t *pid)
{
	static char *const env[] = {
		(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		(char *)"LC_ALL=C",
		NULL,
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;

	sigemptyset(&none);
	if (posix_spawn_file_actions_init(&actions))
		return -ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&actions);
		return -ENOMEM;
	}
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);

	int fds[] = { in, out, err }, error = 0;

	for (int i = 0; i < 3 && !error; i++)
		error = posix_spawn_file_actions_adddup2(&actions, fds[i], i);
	if (!error)
		error = posix_spawn(pid, argv[0], &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A pidfd is readable once the process has ended: pidfd_open(2). */
static int wait_until(pid_t pid, int64_t deadline_ms)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = { .fd = fd, .events = POLLIN };

	/* Where that is not allowed, the wait is as long as it takes. */
	if (fd < 0)
		return 0;
	for (;;) {
		int64_t left = deadline_ms - now_ms();
		int n = poll(&ended, 1, left > 0 ? (int)left : 0);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

int tz_sys_run(char *const argv[], int in, int out, int err, int timeout_ms,
	       int *status)
{
	const struct rlimit longest = { TZ_SYS_OUTPUT_MAX, TZ_SYS_OUTPUT_MAX };
	int64_t deadline_ms = now_ms() + timeout_ms;
	pid_t pid = -1;
	int state;
	int error = spawn(argv, in, out, err, &pid);

	if (error)
		return error;
	/* What runs away is stopped by a signal, before memory is full. */
	prlimit(pid, RLIMIT_FSIZE, &longest, NULL);
	error = wait_until(pid, deadline_ms);
	if (error)
		kill(pid, SIGKILL);
	while (waitpid(pid, &state, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	if (error)
		return error;
	*status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
	return 0;
}

/* Whether nobody but root and us can put a program into @dir. */
static bool is_trusted(const char *dir)
{
	struct stat st;

	return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	       (st.st_uid == 0 || st.st_uid == geteuid()) &&
	       !(st.st_mode & S_IWOTH);
}

int tz_sys_find(const char *name, const char *dirs, char **path)
{
	while (dirs && *dirs) {
		size_t len = strcspn(dirs, ":");
		_cleanup_free_ char *dir = strndup(dirs, len);
		_cleanup_free_ char *full = NULL;

		if (!dir || asprintf(&full, "%s/%s", dir, name) < 0)
			return -ENOMEM;
		if (*dir == '/' && is_trusted(dir) && access(full, X_OK) == 0) {
			*path = TAKE_PTR(full);
			return 0;
		}
		dirs += len + (dirs[len] == ':');
	}
	return -ENOENT;
}

/* The effective set; no libcap for one number. proc(5), capabilities(7). */
static uint64_t effective_caps(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long caps = 0;
	char line[256];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	}
	fclose(file);
	return caps;
}

static bool has_cap(uint64_t caps, int cap)
{
	return caps >> cap & 1;
}

int tamiz_check_caps(struct tamiz_message *message)
{
	static const struct {
		int cap;
		const char *name;
		bool is_part_of_admin; /* capabilities(7): CAP_SYS_ADMIN too */
	} needed[] = {
		{ CAP_BPF, "CAP_BPF", true },
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN", false },
		{ CAP_PERFMON, "CAP_PERFMON", true },
	};
	uint64_t caps = effective_caps();
	bool is_admin = has_cap(caps, CAP_SYS_ADMIN);
	char missing[64] = "";

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (has_cap(caps, needed[i].cap) ||
		    (is_admin && needed[i].is_part_of_admin))
			continue;
		strcat(missing, *missing ? ", " : "");
		strcat(missing, needed[i].name);
	}
	if (!*missing)
		return 0;
	return tz_message_fail(message, -EPERM,
			       "missing capabilities: %s (run as root)",
			       missing);
}

bool tz_sys_has_cap(int cap)
{
	return has_cap(effective_caps(), cap);
}

bool tz_sys_may_mount(void)
{
	return tz_sys_has_cap(CAP_SYS_ADMIN);
}

static pid_t parent_of(pid_t pid)
{
	char path[32], line[256];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);

	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "PPid: %d", &parent) == 1)
			break;
	}
	if (file)
		fclose(file);
	return parent;
}

bool tz_sys_has_private_mounts(void)
{
	struct stat ours, theirs;

	if (stat("/proc/self/ns/mnt", &ours) < 0)
		return false;
	for (pid_t pid = getppid(); pid > 0; pid = parent_of(pid)) {
		char path[32];

		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
		/* Where we may not look, nothing is known. */
		if (stat(path, &theirs) == 0 && (theirs.st_ino != ours.st_ino ||
						 theirs.st_dev != ours.st_dev))
			return true;
	}
	return false;
}

/* The coarse clocks go by the tick (kernel/time/posix-timers.c). */
unsigned int tamiz_kernel_hz(void)
{
	const long second_ns = 1000000000;
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_sec ||
	    tick.tv_nsec <= 0)
		return 0;
	return (unsigned int)((second_ns + tick.tv_nsec / 2) / tick.tv_nsec);
}

static unsigned int recent_parameter(const char *name)
{
	char path[64];
	unsigned int value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/xt_recent/parameters/%s",
		 name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%u", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

void tamiz_kernel_recent(unsigned int *entries, unsigned int *stamps)
{
	*entries = recent_parameter("ip_list_tot");
	*stamps = recent_parameter("ip_pkt_list_tot");
}

int tz_sys_netns(uint64_t *netns)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st) < 0)
		return -errno;
	*netns = st.st_ino;
	return 0;
}
