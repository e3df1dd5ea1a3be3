/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins in bpffs. Its root is often writable for all (mode 1777), so each of
 * our directories must be a directory of our own that nobody else can write
 * to; otherwise somebody could make us load from, or remove, what is his.
 */
#include "runtime/pin.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/sys.h"

#define PROJECT "tamiz"
#define NEW_SUFFIX "_new"
/* Leaves room for all that comes behind it. */
#define BPFFS_LEN_MAX 1024

static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && fs.f_type == BPF_FS_MAGIC;
}

/*
 * In a mount namespace of our own, that there is no BPF file system tells
 * nothing about what is attached.
 */
static int refuse_private_mounts(const char *bpffs,
				 struct tamiz_message *message)
{
	if (!tz_sys_has_private_mounts())
		return 0;
	return tz_message_fail(message, -EPERM,
			       "no BPF file system on %s in this mount "
			       "namespace, and what is mounted here does not "
			       "last: use --netns or nsenter --net instead of "
			       "ip netns exec",
			       bpffs);
}

static int mount_bpffs(const char *bpffs, struct tamiz_message *message)
{
	if (!tz_sys_may_mount())
		return tz_message_fail(message, -EPERM,
				       "no BPF file system on %s, and mounting "
				       "it needs CAP_SYS_ADMIN",
				       bpffs);
	if (mount("bpf", bpffs, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "mode=0700") < 0)
		return tz_message_fail(message, -errno,
				       "cannot mount bpf on %s: %s", bpffs,
				       strerror(errno));
	return 0;
}

static int check_dir(const char *path, struct tamiz_message *message)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 022))
		return tz_message_fail(message, -EPERM,
				       "%s is not a directory of ours alone",
				       path);
	return 0;
}

static int enter_dir(const char *path, bool create,
		     struct tamiz_message *message)
{
	if (create && mkdir(path, 0700) < 0 && errno != EEXIST &&
	    errno != ENOENT)
		return tz_message_fail(message, -errno, "cannot make %s: %s",
				       path, strerror(errno));
	return check_dir(path, message);
}

/* State of another version is neither used nor touched. */
static int refuse_other_abi(const char *project_dir, uint64_t netns,
			    struct tamiz_message *message)
{
	_cleanup_closedir_ DIR *dir = opendir(project_dir);

	if (!dir)
		return -errno;
	for (struct dirent *entry; (entry = readdir(dir));) {
		char ours[16], path[PATH_MAX];

		snprintf(ours, sizeof(ours), "v%d", TZ_ABI_VERSION);
		snprintf(path, sizeof(path), "%s/%s/%llu", project_dir,
			 entry->d_name, (unsigned long long)netns);
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, ours) &&
		    access(path, F_OK) == 0)
			return tz_message_fail(
				message, -EPROTO,
				"%s holds the state of another version of "
				"tamiz (ABI %s, this is %s): detach with that "
				"version first",
				path, entry->d_name, ours);
	}
	return 0;
}

static int enter_dirs(struct tz_pins *pins, const char *bpffs, uint64_t netns,
		      bool create, struct tamiz_message *message)
{
	char *path = pins->netns_dir;
	size_t size = sizeof(pins->netns_dir);

	snprintf(path, size, "%s/" PROJECT, bpffs);

	int error = enter_dir(path, create, message);

	if (!error)
		error = refuse_other_abi(path, netns, message);
	snprintf(path, size, "%s/" PROJECT "/v%d", bpffs, TZ_ABI_VERSION);
	if (!error)
		error = enter_dir(path, create, message);
	snprintf(path, size, "%s/" PROJECT "/v%d/%llu", bpffs, TZ_ABI_VERSION,
		 (unsigned long long)netns);
	return error ? error : enter_dir(path, create, message);
}

/*
 * The upper directories are of all network namespaces, the lock is of one: a
 * tamiz in another one may remove them, empty, before we get to the next.
 */
#define ENTER_TRIES 20

int tz_pin_open(struct tz_pins *pins, const char *bpffs, bool create,
		struct tamiz_message *message)
{
	uint64_t netns;
	int error = tz_sys_netns(&netns);

	if (!bpffs)
		bpffs = TAMIZ_BPFFS;
	*pins->netns_dir = '\0';
	if (!error && strlen(bpffs) > BPFFS_LEN_MAX)
		error = -ENAMETOOLONG;
	if (!error && !is_bpffs(bpffs)) {
		error = refuse_private_mounts(bpffs, message);
		if (!error)
			error = create ? mount_bpffs(bpffs, message) : -ENOENT;
	}
	if (error)
		return error;
	error = -ENOENT;
	for (int i = 0; i < ENTER_TRIES && error == -ENOENT; i++) {
		error = enter_dirs(pins, bpffs, netns, create, message);
		if (!create)
			break;
	}
	if (error && create && error != -EPERM)
		tz_pin_close(pins);
	return error;
}

void tz_pin_close(const struct tz_pins *pins)
{
	char path[sizeof(pins->netns_dir)];

	strcpy(path, pins->netns_dir);
	for (int i = 0; i < 3 && (rmdir(path) == 0 || errno == ENOENT); i++)
		*strrchr(path, '/') = '\0';
}

/* Room for three times IF_NAMESIZE: every byte may be escaped. */
#define ESCAPED_LEN 64

static void escape(const char *ifname, char *out)
{
	for (int i = 0; *ifname && i < ESCAPED_LEN - 4; ifname++) {
		if (*ifname == '.' || *ifname == '%') {
			i += sprintf(out + i, "%%%02x", (unsigned int)*ifname);
		} else {
			out[i++] = *ifname;
			out[i] = '\0';
		}
	}
}

static void unescape(const char *name, char *out, size_t size)
{
	size_t i = 0;

	for (; *name && i + 1 < size; name++) {
		unsigned int byte;

		if (*name == '%' && sscanf(name + 1, "%2x", &byte) == 1) {
			out[i++] = (char)byte;
			name += 2;
		} else {
			out[i++] = *name;
		}
	}
	out[i] = '\0';
}

static void path_of(char *path, const struct tz_pins *pins, const char *ifname,
		    const char *what, unsigned int gen)
{
	char device[ESCAPED_LEN] = "", suffix[16] = "";

	escape(ifname, device);
	if (gen)
		snprintf(suffix, sizeof(suffix), "_%u", gen);
	snprintf(path, PATH_MAX, "%s/%s%s%s%s", pins->netns_dir, device,
		 *what ? "/" : "", what, suffix);
}

int tz_pin_each(const struct tz_pins *pins,
		int (*each)(const struct tz_pins *pins, const char *ifname,
			    void *arg),
		void *arg)
{
	_cleanup_closedir_ DIR *dir = opendir(pins->netns_dir);
	int error = 0;

	if (!dir)
		return -errno;
	for (struct dirent *entry; !error && (entry = readdir(dir));) {
		char ifname[ESCAPED_LEN];

		/* A link would be another name of what is there already. */
		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		unescape(entry->d_name, ifname, sizeof(ifname));
		error = each(pins, ifname, arg);
	}
	return error;
}

int tz_pin_get(const struct tz_pins *pins, const char *ifname, const char *what,
	       unsigned int gen)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, what, gen);
	return bpf_obj_get(path);
}

int tz_pin_put(const struct tz_pins *pins, const char *ifname, const char *what,
	       unsigned int gen, int fd)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, what, gen);
	return bpf_obj_pin(fd, path);
}

int tz_pin_swap(const struct tz_pins *pins, const char *ifname,
		const char *what, unsigned int gen, int fd)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];

	path_of(path, pins, ifname, what, gen);
	snprintf(fresh, sizeof(fresh), "%s" NEW_SUFFIX, path);
	unlink(fresh);

	int error = bpf_obj_pin(fd, fresh);

	if (!error && rename(fresh, path) < 0) {
		error = -errno;
		unlink(fresh);
	}
	return error;
}

int tz_pin_remove(const struct tz_pins *pins, const char *ifname,
		  const char *what, unsigned int gen)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, what, gen);
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

size_t tz_pin_generations(const struct tz_pins *pins, const char *ifname,
			  unsigned int *gens, size_t max)
{
	char path[PATH_MAX];
	size_t n = 0;

	path_of(path, pins, ifname, "", 0);

	_cleanup_closedir_ DIR *dir = opendir(path);

	if (!dir)
		return 0;
	for (struct dirent *entry; n < max && (entry = readdir(dir));) {
		if (sscanf(entry->d_name, "rules_%u", &gens[n]) == 1)
			n++;
	}
	return n;
}

int tz_pin_rename_device(const struct tz_pins *pins, const char *ifname,
			 const char *new_ifname)
{
	char from[PATH_MAX], to[PATH_MAX];

	path_of(from, pins, ifname, "", 0);
	path_of(to, pins, new_ifname, "", 0);
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST &&
	    renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
		return 0;
	return -errno;
}

int tz_pin_open_device(const struct tz_pins *pins, const char *ifname)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, "", 0);

	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int tz_pin_make_device(const struct tz_pins *pins, const char *ifname)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, "", 0);
	return mkdir(path, 0700) < 0 ? -errno : 0;
}

/* What of a device's directory is to go. */
struct unwanted {
	const char *but;          /* all but that one, or NULL */
	const unsigned int *kept; /* all of other generations, or NULL */
	size_t n_kept;
	bool has_trial; /* trials of kept generations stay */
};

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len >= n && !strcmp(name + len - n, suffix);
}

static bool is_of_other_gen(const char *name, const struct unwanted *unwanted)
{
	const char *number = strchr(name, '_');
	char *end;

	if (has_suffix(name, NEW_SUFFIX))
		return true;
	if (!number || number[1] < '0' || number[1] > '9')
		return false;
	if (!strncmp(name, "trial_", 6) && !unwanted->has_trial)
		return true;

	unsigned long gen = strtoul(number + 1, &end, 10);

	for (size_t i = 0; i < unwanted->n_kept && !*end; i++) {
		if (unwanted->kept[i] == gen)
			return false;
	}
	return true;
}

static bool is_unwanted(const char *name, const struct unwanted *unwanted)
{
	if (unwanted->kept)
		return is_of_other_gen(name, unwanted);
	return !unwanted->but || strcmp(name, unwanted->but);
}

static int remove_entries(const char *path, const struct unwanted *unwanted)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	int error = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] != '.' &&
		    is_unwanted(entry->d_name, unwanted) &&
		    unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			error = -errno;
	}
	return error;
}

int tz_pin_remove_device(const struct tz_pins *pins, const char *ifname)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, "", 0);

	int error = remove_entries(path, &(struct unwanted){ .but = "link" });

	if (!error)
		error = remove_entries(path, &(struct unwanted){ 0 });
	if (!error && rmdir(path) < 0 && errno != ENOENT)
		error = -errno;
	return error;
}

int tz_pin_remove_others(const struct tz_pins *pins, const char *ifname,
			 const unsigned int *kept, size_t n_kept,
			 bool has_trial)
{
	char path[PATH_MAX];

	path_of(path, pins, ifname, "", 0);
	return remove_entries(path,
			      &(struct unwanted){ .kept = kept,
						  .n_kept = n_kept,
						  .has_trial = has_trial });
}
