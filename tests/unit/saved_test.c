/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept of a rule set, as bytes: digests, base64, options, metadata and
 * the text that save writes. All of it is read with suspicion.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base64.h"
#include "runtime/digest.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/source.h"

static void digest_is_sha256(void **state)
{
	/* FIPS 180-4's examples, and one over several blocks. */
	static const struct {
		const char *text;
		size_t repeat;
		const char *digest;
	} rows[] = {
		{ "", 1,
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
		  "b855" },
		{ "abc", 1,
		  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		  "15ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db"
		  "06c1" },
		{ "a", 1000000,
		  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc711"
		  "2cd0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char hex[TZ_DIGEST_HEX_LEN];
		struct tz_digest digest;

		tz_digest_start(&digest);
		for (size_t k = 0; k < rows[i].repeat; k++)
			tz_digest_add(&digest, rows[i].text,
				      strlen(rows[i].text));
		tz_digest_hex(&digest, hex);
		assert_string_equal(hex, rows[i].digest);
	}
}

static void digest_of_texts_knows_where_they_end(void **state)
{
	char one[TZ_DIGEST_HEX_LEN], other[TZ_DIGEST_HEX_LEN];
	struct tz_digest digest;

	(void)state;
	tz_digest_start(&digest);
	tz_digest_add_text(&digest, "a");
	tz_digest_add_text(&digest, "bc");
	tz_digest_hex(&digest, one);
	tz_digest_start(&digest);
	tz_digest_add_text(&digest, "ab");
	tz_digest_add_text(&digest, "c");
	tz_digest_hex(&digest, other);
	assert_string_not_equal(one, other);
}

static void base64_is_that_of_the_rfc(void **state)
{
	/* RFC 4648 section 10. */
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xfb", "//s=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_json_ json_t *json =
			tz_base64_pack(rows[i][0], strlen(rows[i][0]));
		char *data;
		size_t len;

		assert_string_equal(json_string_value(json), rows[i][1]);
		assert_int_equal(tz_base64_unpack(rows[i][1],
						  strlen(rows[i][1]), &data,
						  &len),
				 0);
		assert_int_equal(len, strlen(rows[i][0]));
		assert_memory_equal(data, rows[i][0], len);
		free(data);
	}
}

static void what_is_not_base64_is_refused(void **state)
{
	static const char *const rows[] = { "Z",    "Zg",      "Zg=",  "Zm9v=",
					    "Z===", "====",    "Zg=v", "Zm9v\n",
					    "Z g=", "Zg==Zg==" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *data = NULL;
		size_t len;

		assert_int_equal(
			tz_base64_unpack(rows[i], strlen(rows[i]), &data, &len),
			-EPROTO);
	}
}

static void options_come_back_as_they_were(void **state)
{
	const char *const chains[] = { "raw/PREROUTING", "INPUT" };
	const struct tamiz_sample samples[] = { { "INPUT/1", 7 } };
	struct tz_source_hold hold = { 0 };
	struct tamiz_options options, back;

	(void)state;
	/* Every member that is no pointer, padding too. */
	memset(&options, 1, sizeof(options));
	options.target = TAMIZ_TARGET_TC;
	options.conntrack = TAMIZ_CONNTRACK_NONE;
	options.mode = TAMIZ_MODE_REPLACE;
	options.backend = TAMIZ_BACKEND_NFT;
	options.from = TAMIZ_LANGUAGE_PCAP;
	options.link = TAMIZ_LINK_RAW;
	options.netmask = 0xffffff00;
	options.answers = TAMIZ_ANSWERS_NOBODY;
	options.ifname = NULL;
	options.chains = chains;
	options.n_chains = 2;
	options.samples = samples;
	options.n_samples = 1;

	_cleanup_json_ json_t *json = tz_source_pack_options(&options);

	assert_int_equal(tz_source_read_options(json, &back, &hold), 0);
	assert_int_equal(back.n_chains, 2);
	assert_string_equal(back.chains[1], "INPUT");
	assert_int_equal(back.n_samples, 1);
	assert_string_equal(back.samples[0].rule, "INPUT/1");
	assert_int_equal(back.samples[0].every, 7);
	assert_int_equal(back.target, options.target);
	assert_int_equal(back.conntrack, options.conntrack);
	assert_int_equal(back.mode, options.mode);
	assert_int_equal(back.backend, options.backend);
	assert_int_equal(back.family, options.family);
	assert_int_equal(back.from, options.from);
	assert_int_equal(back.link, options.link);
	assert_true(back.host_has_nat && back.assume_no_nat &&
		    back.fragments_drop && back.standalone && back.log_ring &&
		    back.udp_merges && back.rules_only && back.resolve_hosts &&
		    back.netmask_given);
	assert_int_equal(back.netmask, options.netmask);
	assert_int_equal(back.answers, options.answers);
	assert_int_equal(back.hides_routes, options.hides_routes);
	assert_int_equal(back.sample_every, options.sample_every);
	assert_int_equal(back.snaplen, options.snaplen);
	free(hold.chains);
	free(hold.samples);
}

#define META(rest) "{\"abi\":2,\"generation\":3,\"mode\":\"offload\"," rest "}"

static int parse(const char *text, size_t len)
{
	_cleanup_json_ json_t *meta = NULL;

	return tz_meta_parse(text, len, &meta);
}

static void metadata_are_looked_at(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"abi\":2",
		"{\"abi\":1,\"generation\":3,\"mode\":\"offload\",\"mac\":\"\","
		"\"rules\":[]}",
		META("\"mac\":7,\"rules\":[]"),
		META("\"mac\":\"\",\"rules\":{}"),
		META("\"mac\":\"\",\"rules\":[1]"),
		META("\"mac\":\"\",\"rules\":[{\"family\":5,\"table\":\"t\","
		     "\"chain\":\"c\",\"fit\":\"x\"}]"),
		META("\"mac\":\"\",\"rules\":[{\"family\":4,\"table\":\"t\","
		     "\"chain\":[],\"fit\":\"x\"}]"),
	};
	static const char good[] =
		META("\"mac\":\"\",\"rules\":[{\"family\":4,\"table\":\"t\","
		     "\"chain\":\"c\",\"fit\":\"exact\"}]");

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], strlen(bad[i])), -EPROTO);
	assert_int_equal(parse(good, strlen(good)), 0);
	for (size_t len = 0; len < strlen(good); len++)
		assert_int_equal(parse(good, len), -EPROTO);
}

static void what_save_did_not_write_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"format\":2,\"devices\":[]}",
		"{\"format\":1}",
		"{\"format\":1,\"devices\":[{}]}",
		"{\"format\":1,\"devices\":[{\"device\":\"a\",\"options\":{},"
		"\"files\":[],\"object\":\"\"}]}",
		"{\"format\":1,\"devices\":[{\"device\":\"a\",\"options\":"
		"{\"mode\":9},\"files\":[{\"name\":\"f\",\"text\":\"\"}],"
		"\"object\":\"\"}]}",
		"{\"format\":1,\"devices\":[{\"device\":\"a\",\"options\":{},"
		"\"files\":[{\"name\":\"f\",\"base64\":\"*\"}],"
		"\"object\":\"\"}]}",
		"{\"format\":1,\"devices\":[{\"device\":\"a\",\"options\":{},"
		"\"files\":[{\"name\":\"f\",\"text\":\"\"}],\"object\":\"\","
		"\"object_digest\":\"00\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tamiz_message message = { 0 };
		struct tamiz_saved *saved;

		assert_int_equal(tamiz_saved_read(bad[i], strlen(bad[i]),
						  &saved, &message),
				 -EPROTO);
		assert_non_null(message.text);
		tamiz_message_clear(&message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_is_sha256),
		cmocka_unit_test(digest_of_texts_knows_where_they_end),
		cmocka_unit_test(base64_is_that_of_the_rfc),
		cmocka_unit_test(what_is_not_base64_is_refused),
		cmocka_unit_test(options_come_back_as_they_were),
		cmocka_unit_test(metadata_are_looked_at),
		cmocka_unit_test(what_save_did_not_write_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
