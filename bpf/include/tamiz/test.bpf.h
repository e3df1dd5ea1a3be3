/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests that generated rules call: tz_test_NAME(ctx, s, arguments) says an
 * enum tz_test_result (abi.h). Each stands in a header of its kind, for the
 * programs that define TZ_HAS_NAME. They read the packet by
 * bpf_xdp_load_bytes, which knows frames in several pieces, and never behind
 * its end by the IP header (ip_len, l4_len): what lies there is not the
 * packet's.
 */
#ifndef TAMIZ_TEST_BPF_H
#define TAMIZ_TEST_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

#include <tamiz/test_ext6.bpf.h>
#include <tamiz/test_tcp.bpf.h>

#endif
