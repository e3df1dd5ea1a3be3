/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the rings. A ring has one reader: a lock on the device's directory
 * in bpffs, which goes with the process, holds others off. Rules are looked up
 * by the generation that an event names, so a replace in between changes
 * nothing for the events that were written before it.
 */
#include <tamiz/log.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <tamiz/abi.h>
#include <time.h>

#include "runtime/hook.h"
#include "runtime/log_event.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/pin.h"
#include "runtime/scope.h"

/* So many generations may have events in one ring. */
#define GENERATIONS_MAX 8

struct device {
	struct tamiz_log *log;
	unsigned int index;
	char ifname[TZ_PLACE_LEN];
	int ring, counts, lock;
	uint32_t ring_id;
	uint64_t unreadable;
	struct tz_log_rules rules[GENERATIONS_MAX];
	unsigned int n_rules, next_rules; /* the oldest makes room */
};

struct tamiz_log {
	struct tz_pins pins;
	struct ring_buffer *rings;
	struct device **devices;
	size_t n;
	/* of the poll that is under way */
	tamiz_log_function *each;
	void *arg;
	int64_t boot_offset_ns;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* NULL when the generation is not pinned any more, or was not told. */
static const struct tz_log_rules *rules_of(struct device *device,
					   unsigned int generation)
{
	json_t *meta;

	for (unsigned int i = 0; i < device->n_rules; i++)
		if (device->rules[i].generation == generation)
			return &device->rules[i];

	_cleanup_close_ int fd = tz_pin_get(&device->log->pins, device->ifname,
					    "meta", generation);

	if (!generation || fd < 0 || tz_meta_read(fd, &meta))
		return NULL;

	struct tz_log_rules *slot = &device->rules[device->next_rules];
	struct tz_log_rules fresh;

	if (tz_log_rules_make(&fresh, meta))
		return NULL;
	fresh.generation = generation;
	if (device->n_rules == GENERATIONS_MAX)
		tz_log_rules_clear(slot);
	else
		device->n_rules++;
	*slot = fresh;
	device->next_rules = (device->next_rules + 1) % GENERATIONS_MAX;
	return slot;
}

/* Called by libbpf: below 0 ends the reading, behind this record. */
static int take_record(void *arg, void *data, size_t len)
{
	struct device *device = arg;
	struct tamiz_log *log = device->log;
	struct tz_log_decoded decoded;
	unsigned int generation;

	if (!tz_log_check(data, len, &generation)) {
		device->unreadable++;
		return 0;
	}

	int error = tz_log_decode(data, len, device->ifname,
				  rules_of(device, generation),
				  log->boot_offset_ns, &decoded);

	decoded.event.device = device->index;
	if (!error && !log->each(&decoded.event, log->arg))
		error = -ECANCELED;
	tz_log_decoded_clear(&decoded);
	return error;
}

static int map_id(int fd, uint32_t type, uint32_t value_size, uint32_t *id)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int error = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (error)
		return error;
	*id = info.id;
	return info.type == type && info.value_size == value_size
		       ? 0
		       : -EMEDIUMTYPE;
}

/* -ENOENT: the device has no ring. */
static int open_maps(struct device *device)
{
	const struct tz_pins *pins = &device->log->pins;
	uint32_t id;

	device->ring = tz_pin_get(pins, device->ifname, "log", 0);
	if (device->ring < 0)
		return device->ring;
	device->counts = tz_pin_get(pins, device->ifname, "logcounts", 0);
	if (device->counts < 0)
		return device->counts;

	int error =
		map_id(device->ring, BPF_MAP_TYPE_RINGBUF, 0, &device->ring_id);

	return error ? error
		     : map_id(device->counts, BPF_MAP_TYPE_PERCPU_ARRAY,
			      sizeof(struct tz_log_counts), &id);
}

static int add_ring(struct tamiz_log *log, struct device *device)
{
	if (log->rings)
		return ring_buffer__add(log->rings, device->ring, take_record,
					device);
	log->rings = ring_buffer__new(device->ring, take_record, device, NULL);
	return log->rings ? 0 : -errno;
}

static int lock_device(struct device *device, struct tamiz_message *message)
{
	device->lock = tz_pin_open_device(&device->log->pins, device->ifname);
	if (device->lock < 0)
		return device->lock;
	if (flock(device->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return tz_message_fail(message, -EBUSY,
			       "the log of %s is being read by another "
			       "process: an event is read once",
			       device->ifname);
}

static void free_device(struct device *device)
{
	tz_scope_close(&device->ring);
	tz_scope_close(&device->counts);
	tz_scope_close(&device->lock);
	for (unsigned int i = 0; i < device->n_rules; i++)
		tz_log_rules_clear(&device->rules[i]);
	free(device);
}

static struct device *new_device(struct tamiz_log *log, const char *ifname)
{
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->log = log;
	device->index = (unsigned int)log->n;
	device->ring = device->counts = device->lock = -1;
	strncpy(device->ifname, ifname, sizeof(device->ifname) - 1);
	return device;
}

static int keep_device(struct tamiz_log *log, struct device *device)
{
	struct device **devices =
		reallocarray(log->devices, log->n + 1, sizeof(struct device *));

	if (!devices)
		return -ENOMEM;
	log->devices = devices;
	devices[log->n] = device;

	int error = add_ring(log, device);

	log->n += !error;
	return error;
}

static int open_device(struct tamiz_log *log, const char *ifname,
		       struct tamiz_message *message)
{
	struct device *device = new_device(log, ifname);

	if (!device)
		return -ENOMEM;

	int error = open_maps(device);

	if (!error)
		error = lock_device(device, message);
	if (error && error != -EBUSY && error != -ENOENT)
		tz_message_fail(message, error, "cannot read the log of %s: %s",
				ifname, strerror(-error));
	if (!error)
		error = keep_device(log, device);
	if (error)
		free_device(device);
	return error;
}

struct search {
	struct tamiz_log *log;
	struct tamiz_message *message;
};

static int open_if_it_logs(const struct tz_pins *pins, const char *ifname,
			   void *arg)
{
	struct search *search = arg;
	int error = open_device(search->log, ifname, search->message);

	(void)pins;
	return error == -ENOENT ? 0 : error;
}

static int open_devices(struct tamiz_log *log, const char *const *ifnames,
			size_t n, struct tamiz_message *message)
{
	struct search search = { log, message };
	int error = n ? 0 : tz_pin_each(&log->pins, open_if_it_logs, &search);

	for (size_t i = 0; i < n && !error; i++) {
		error = open_device(log, ifnames[i], message);
		if (error == -ENOENT)
			tz_message_fail(message, error,
					"%s logs nothing: attach or replace "
					"its rules with --log=ring or --sample",
					ifnames[i]);
	}
	if (!n && (error == -ENOENT || (!error && !log->n)))
		error = tz_message_fail(message, -ENOENT,
					"nothing logs in this network "
					"namespace: attach or replace rules "
					"with --log=ring or --sample");
	return error;
}

int tamiz_log_open(const char *const *ifnames, size_t n, const char *bpffs,
		   struct tamiz_log **log, struct tamiz_message *message)
{
	int error = tamiz_check_caps(message);
	struct tamiz_log *l = error ? NULL : calloc(1, sizeof(*l));

	if (!l)
		return error ? error : -ENOMEM;
	error = tz_pin_open(&l->pins, bpffs, false, message);
	if (!error || error == -ENOENT)
		error = open_devices(l, ifnames, n, message);
	if (error) {
		tamiz_log_close(l);
		return error;
	}
	*log = l;
	return 0;
}

void tamiz_log_close(struct tamiz_log *log)
{
	if (!log)
		return;
	ring_buffer__free(log->rings);
	for (size_t i = 0; i < log->n; i++)
		free_device(log->devices[i]);
	free(log->devices);
	free(log);
}

int tamiz_log_poll(struct tamiz_log *log, int timeout_ms,
		   tamiz_log_function *each, void *arg)
{
	/* anew each time: somebody may set the clock */
	log->boot_offset_ns =
		clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	log->each = each;
	log->arg = arg;
	if (!timeout_ms)
		return ring_buffer__consume(log->rings);
	return ring_buffer__poll(log->rings, timeout_ms);
}

size_t tamiz_log_n_devices(const struct tamiz_log *log)
{
	return log->n;
}

const char *tamiz_log_ifname(const struct tamiz_log *log, size_t device)
{
	return log->devices[device]->ifname;
}

int tamiz_log_count(const struct tamiz_log *log, size_t device,
		    struct tamiz_log_counts *counts)
{
	const struct device *d = log->devices[device];
	int n_cpus = libbpf_num_possible_cpus();
	const uint32_t zero = 0;

	if (n_cpus < 0)
		return n_cpus;

	_cleanup_free_ struct tz_log_counts *each =
		calloc((size_t)n_cpus, sizeof(*each));
	int error =
		each ? bpf_map_lookup_elem(d->counts, &zero, each) : -ENOMEM;

	if (error)
		return error;
	*counts = (struct tamiz_log_counts){ .unreadable = d->unreadable };
	for (int i = 0; i < n_cpus; i++) {
		counts->written += each[i].written;
		counts->lost_to_rate += each[i].lost_to_rate;
		counts->lost_to_room += each[i].lost_to_room;
	}
	return 0;
}

static int find_ring(const struct tz_pins *pins, const char *ifname, void *arg)
{
	struct device *device = arg;
	_cleanup_close_ int fd = tz_pin_get(pins, ifname, "log", 0);
	uint32_t id;

	if (fd < 0 || map_id(fd, BPF_MAP_TYPE_RINGBUF, 0, &id) ||
	    id != device->ring_id)
		return 0;
	snprintf(device->ifname, sizeof(device->ifname), "%s", ifname);
	return 1;
}

/* A device may have another name now, and its pins with it. */
bool tamiz_log_is_attached(const struct tamiz_log *log, size_t device)
{
	return tz_pin_each(&log->pins, find_ring, log->devices[device]) == 1;
}
