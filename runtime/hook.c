/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where programs are attached, by name and by link. At tc the links are those
 * of Linux 6.6 (tcx): several programs are on a device side by side, and a link
 * keeps others from taking ours off. Headers of libbpf before 1.3 do not know
 * them, the system calls are as of other links.
 */
#include "runtime/hook.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/attach_xdp.h"
#include "runtime/message.h"

/* linux/bpf.h of Linux 6.6 */
enum { LINK_TYPE_TCX = 11 };
enum { TCX_INGRESS = 46, TCX_EGRESS = 47 };

#define PROGRAMS_MAX 64 /* on a device, as the kernel has it */

static const struct {
	const char *suffix;
	int attach_type;
} rows[] = {
	[TAMIZ_HOOK_XDP] = { "", BPF_XDP },
	[TAMIZ_HOOK_INGRESS] = { ":ingress", TCX_INGRESS },
	[TAMIZ_HOOK_EGRESS] = { ":egress", TCX_EGRESS },
};

#define N_HOOKS (sizeof(rows) / sizeof(rows[0]))

enum tamiz_hook tz_hook_of(const char *place, char ifname[IF_NAMESIZE])
{
	const char *suffix = strchr(place, ':');
	size_t hook = N_HOOKS, len = strlen(place);

	while (suffix && --hook > TAMIZ_HOOK_XDP)
		if (!strcmp(suffix, rows[hook].suffix))
			break;
	if (hook == N_HOOKS || hook == TAMIZ_HOOK_XDP)
		hook = TAMIZ_HOOK_XDP;
	else
		len = (size_t)(suffix - place);
	*ifname = '\0';
	if (len < IF_NAMESIZE)
		snprintf(ifname, IF_NAMESIZE, "%.*s", (int)len, place);
	return (enum tamiz_hook)hook;
}

void tz_hook_place(enum tamiz_hook hook, const char *ifname,
		   char place[TZ_PLACE_LEN])
{
	snprintf(place, TZ_PLACE_LEN, "%.*s%s", IF_NAMESIZE - 1, ifname,
		 rows[hook].suffix);
}

int tz_hook_read_link(int fd, struct tz_hook_link *link)
{
	struct bpf_link_info info = { 0 };
	/* What struct bpf_link_info has there for tcx, and of it for XDP. */
	struct {
		uint32_t ifindex, attach_type;
	} tcx;
	uint32_t len = sizeof(info);
	enum tamiz_hook hook = TAMIZ_HOOK_XDP;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	memcpy(&tcx, &info.xdp, sizeof(tcx));
	if ((int)info.type == LINK_TYPE_TCX)
		hook = tcx.attach_type == TCX_INGRESS ? TAMIZ_HOOK_INGRESS
						      : TAMIZ_HOOK_EGRESS;
	else if (info.type != BPF_LINK_TYPE_XDP)
		return -ENOENT;
	*link = (struct tz_hook_link){ hook, tcx.ifindex, info.prog_id };
	return 0;
}

bool tz_hook_runs(const struct tz_hook_link *link)
{
	uint32_t ids[PROGRAMS_MAX];
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids,
		    .prog_cnt = PROGRAMS_MAX);

	if (link->hook == TAMIZ_HOOK_XDP)
		return tz_xdp_runs(link->ifindex, link->prog_id);
	if (bpf_prog_query_opts(
		    (int)link->ifindex,
		    (enum bpf_attach_type)rows[link->hook].attach_type, &opts))
		return false;
	for (uint32_t i = 0; i < opts.prog_cnt; i++)
		if (ids[i] == link->prog_id)
			return true;
	return false;
}

int tz_tc_attach(const char *place, const struct tamiz_device *device,
		 int prog_fd, struct tamiz_message *message)
{
	int fd = bpf_link_create(
		prog_fd, (int)device->ifindex,
		(enum bpf_attach_type)rows[device->hook].attach_type, NULL);

	if (fd >= 0)
		return fd;
	return tz_message_fail(message, fd, "cannot attach to %s: %s%s", place,
			       strerror(-fd),
			       fd == -EINVAL ? " (programs at tc take Linux "
					       "6.6)"
					     : "");
}
