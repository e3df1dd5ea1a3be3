/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program does that has rules of its own: libtamiz compiles them,
 * libtamiz-runtime builds, loads and runs them over a frame. Says "drop" or
 * "pass", or why it cannot. Built as embed.c is.
 */
#include <stdio.h>
#include <string.h>

#include <tamiz/compile.h>
#include <tamiz/log.h>
#include <tamiz/runtime.h>

/* 192.0.2.2 sends a UDP datagram without data to port 9 of 192.0.2.1. */
static const unsigned char frame[60] = {
	0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
	0x02, 0x08, 0x00, 0x45, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x00,
	0x40, 0x11, 0xf6, 0xcd, 0xc0, 0x00, 0x02, 0x02, 0xc0, 0x00, 0x02,
	0x01, 0x10, 0x00, 0x00, 0x09, 0x00, 0x08, 0x00, 0x00,
};

static int run(const char *text, size_t len, struct tamiz_message *message)
{
	struct tamiz_device device = { 1 };
	struct tamiz_object object = { NULL, 0 };
	struct tamiz_program *program = NULL;
	struct tamiz_run result;
	int error;

	memcpy(device.mac, frame, sizeof(device.mac));
	error = tamiz_build(text, len, NULL, &object, message);

	if (!error)
		error = tamiz_load(&object, text, &device, &program, message);
	if (!error)
		error = tamiz_program_run(program, frame, sizeof(frame), 1,
					  &result);
	if (!error)
		puts(result.verdict == 1 ? "drop" : "pass"); /* XDP_DROP */
	tamiz_program_free(program);
	tamiz_object_clear(&object);
	return error;
}

int main(int argc, char **argv)
{
	struct tamiz_options options = { TAMIZ_TARGET_XDP };
	struct tamiz_message message = { NULL, NULL };
	struct tamiz *tamiz = tamiz_new();
	const char *text = NULL;
	size_t len = 0;
	int error = 1;

	options.standalone = true;
	if (tamiz && argc == 2 &&
	    tamiz_add_text(tamiz, "text", argv[1], strlen(argv[1])) == 0 &&
	    tamiz_compile(tamiz, &options) == 0)
		text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	if (text)
		error = run(text, len, &message);
	if (message.text)
		puts(message.text);
	tamiz_message_clear(&message);
	tamiz_free(tamiz);
	return error ? 1 : 0;
}
