/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP hook of a device. A device can hold one program per mode; ours is
 * held by a link, so that no other tool takes it off by accident, and others'
 * are left alone unless the operator said otherwise.
 */
#include "runtime/attach_xdp.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/scope.h"

struct hook {
	uint32_t prog_id; /* 0: empty */
	uint32_t flag;
	const char *mode;
};

#define N_HOOKS 3

static int query(unsigned int ifindex, struct hook *hooks)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int error = bpf_xdp_query((int)ifindex, 0, &opts);

	if (error)
		return error;
	hooks[0] =
		(struct hook){ opts.drv_prog_id, XDP_FLAGS_DRV_MODE, "native" };
	hooks[1] = (struct hook){ opts.skb_prog_id, XDP_FLAGS_SKB_MODE,
				  "generic" };
	hooks[2] = (struct hook){ opts.hw_prog_id, XDP_FLAGS_HW_MODE,
				  "offloaded" };
	return 0;
}

const char *tz_xdp_mode(unsigned int ifindex)
{
	struct hook hooks[N_HOOKS];

	for (int i = 0; query(ifindex, hooks) == 0 && i < N_HOOKS; i++) {
		if (hooks[i].prog_id)
			return hooks[i].mode;
	}
	return "none";
}

bool tz_xdp_runs(unsigned int ifindex, uint32_t prog_id)
{
	struct hook hooks[N_HOOKS];

	if (query(ifindex, hooks))
		return false;
	for (int i = 0; i < N_HOOKS; i++) {
		if (hooks[i].prog_id == prog_id)
			return true;
	}
	return false;
}

/*
 * Link ids are of the whole system, ifindexes of a namespace: the program
 * tells whether a link is the one on our device. A descriptor, *id its id;
 * -ENOENT: the program is not held by a link.
 */
static int link_of(unsigned int ifindex, uint32_t prog_id, uint32_t *id)
{
	*id = 0;
	while (bpf_link_get_next_id(*id, id) == 0) {
		struct bpf_link_info info = { 0 };
		uint32_t len = sizeof(info);
		_cleanup_close_ int fd = bpf_link_get_fd_by_id(*id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len) &&
		    info.type == BPF_LINK_TYPE_XDP &&
		    info.xdp.ifindex == ifindex && info.prog_id == prog_id)
			return TAKE_FD(fd);
	}
	return -ENOENT;
}

static void program_info(uint32_t id, struct bpf_prog_info *info)
{
	uint32_t len = sizeof(*info);
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);

	memset(info, 0, len);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, info, &len))
		memset(info, 0, sizeof(*info));
}

/* Whose it may be: its name, id and tag, and what holds it there. */
static void describe(unsigned int ifindex, const struct hook *hook,
		     const struct bpf_prog_info *info, char *text, size_t size)
{
	char tag[2 * BPF_TAG_SIZE + 1], holder[48] = "attached by netlink";
	uint32_t link_id;
	_cleanup_close_ int link = link_of(ifindex, hook->prog_id, &link_id);

	for (int i = 0; i < BPF_TAG_SIZE; i++)
		snprintf(tag + 2 * i, 3, "%02x", info->tag[i]);
	if (link >= 0)
		snprintf(holder, sizeof(holder), "held by link %u", link_id);
	snprintf(text, size, "%s, id %u, tag %s, %s, %s",
		 *info->name ? info->name : "without name", hook->prog_id, tag,
		 hook->mode, holder);
}

int tz_xdp_check_foreign(const char *ifname, unsigned int ifindex, bool force,
			 struct tamiz_notes *notes,
			 struct tamiz_message *message)
{
	struct hook hooks[N_HOOKS];
	int error = query(ifindex, hooks), n = 0;

	if (error)
		return tz_message_fail(message, error,
				       "cannot ask for the XDP program of %s: "
				       "%s",
				       ifname, strerror(-error));
	for (int i = 0; i < N_HOOKS; i++) {
		struct bpf_prog_info info;
		char text[160];

		if (!hooks[i].prog_id)
			continue;
		program_info(hooks[i].prog_id, &info);
		describe(ifindex, &hooks[i], &info, text, sizeof(text));
		if (!force && !strcmp(info.name, TZ_ROOT_PROGRAM))
			return tz_message_fail(
				message, -EBUSY,
				"%s runs a program of tamiz already (id %u), "
				"whose pins are not here: a second mount of "
				"the BPF file system hides them, or they are "
				"in another mount namespace (--force displaces "
				"it)",
				ifname, hooks[i].prog_id);
		if (!force)
			return tz_message_fail(message, -EBUSY,
					       "%s already runs another XDP "
					       "program: %s (--force displaces "
					       "it)",
					       ifname, text);
		tz_note(notes, "%s: displacing the XDP program %s", ifname,
			text);
		n++;
	}
	return n;
}

static int displace(unsigned int ifindex, const struct hook *hook,
		    struct tz_xdp_displaced *displaced)
{
	uint32_t link_id;
	_cleanup_close_ int link = link_of(ifindex, hook->prog_id, &link_id);

	if (link >= 0)
		return bpf_link_detach(link);

	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(hook->prog_id);
	int error = bpf_xdp_detach((int)ifindex, hook->flag, NULL);
	if (error || fd < 0)
		return error;
	displaced->at[displaced->n].flag = hook->flag;
	displaced->at[displaced->n++].fd = TAKE_FD(fd);
	return 0;
}

int tz_xdp_displace(unsigned int ifindex, struct tz_xdp_displaced *displaced)
{
	struct hook hooks[N_HOOKS];
	int error = query(ifindex, hooks);

	for (int i = 0; i < N_HOOKS && !error; i++) {
		if (hooks[i].prog_id)
			error = displace(ifindex, &hooks[i], displaced);
	}
	return error;
}

void tz_xdp_restore(unsigned int ifindex,
		    const struct tz_xdp_displaced *displaced)
{
	for (size_t i = 0; i < displaced->n; i++)
		bpf_xdp_attach((int)ifindex, displaced->at[i].fd,
			       displaced->at[i].flag, NULL);
}

void tz_xdp_displaced_close(struct tz_xdp_displaced *displaced)
{
	while (displaced->n)
		close(displaced->at[--displaced->n].fd);
}

static int create_link(unsigned int ifindex, int prog_fd, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(prog_fd, (int)ifindex, BPF_XDP, &opts);
}

int tz_xdp_attach(const char *ifname, unsigned int ifindex, int prog_fd,
		  bool native_only, struct tamiz_notes *notes,
		  struct tamiz_message *message)
{
	int native = create_link(ifindex, prog_fd, XDP_FLAGS_DRV_MODE);

	if (native >= 0)
		return native;
	if (native_only || native == -EBUSY || native == -EPERM)
		return tz_message_fail(message, native,
				       "cannot attach to %s in native mode: %s",
				       ifname, strerror(-native));

	int generic = create_link(ifindex, prog_fd, XDP_FLAGS_SKB_MODE);

	if (generic < 0)
		return tz_message_fail(message, generic,
				       "cannot attach to %s: %s (native: %s)",
				       ifname, strerror(-generic),
				       strerror(-native));
	tz_note(notes,
		"%s: native XDP refused (%s), generic XDP instead: correct, "
		"but slower",
		ifname, strerror(-native));
	return generic;
}
