/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device without a link header (tun), for programs at tc.
 *
 *     tunnel DEVICE    makes it, prints "ready", and lives as long as its input
 *
 * A line "4 PORT COUNT" or "6 PORT COUNT" of the input: so many UDP datagrams
 * come in by the device. For each that goes out by it a line "4 PORT" or
 * "6 PORT" is printed.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAYLOAD 10

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int make_device(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	if (fd < 0) {
		puts("none");
		exit(0);
	}
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request))
		fail(name);
	return fd;
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Nobody looks at the checksums before tc. */
static void bring(int fd, int family, unsigned int port)
{
	uint8_t packet[40 + 8 + PAYLOAD] = { 0 };
	size_t header = family == 4 ? 20 : 40, len = header + 8 + PAYLOAD;

	packet[0] = family == 4 ? 0x45 : 0x60;
	if (family == 4) {
		put16(packet + 2, (unsigned int)len);
		packet[8] = 64;
		packet[9] = 17;
	} else {
		put16(packet + 4, 8 + PAYLOAD);
		packet[6] = 17;
		packet[7] = 64;
	}
	put16(packet + header, 4001);
	put16(packet + header + 2, port);
	put16(packet + header + 4, 8 + PAYLOAD);
	if (write(fd, packet, len) != (ssize_t)len)
		fail("write");
}

static void tell(const uint8_t *packet, ssize_t len)
{
	size_t header = packet[0] >> 4 == 4 ? 20 : 40;
	uint8_t proto = header == 20 ? packet[9] : packet[6];

	if (len >= (ssize_t)header + 8 && proto == 17)
		printf("%d %d\n", packet[0] >> 4,
		       packet[header + 2] << 8 | packet[header + 3]);
}

/* False at the end of the input. */
static bool obey(int fd)
{
	char line[64];
	int family;
	unsigned int port, count;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (sscanf(line, "%d %u %u", &family, &port, &count) != 3)
		exit(2);
	while (count--)
		bring(fd, family, port);
	return true;
}

int main(int argc, char **argv)
{
	uint8_t packet[2048];

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);

	int fd = make_device(argv[1]);
	struct pollfd both[] = { { .fd = fd, .events = POLLIN },
				 { .fd = STDIN_FILENO, .events = POLLIN } };

	puts("ready");
	for (;;) {
		if (poll(both, 2, -1) < 0)
			fail("poll");
		if (both[0].revents & POLLIN)
			tell(packet, read(fd, packet, sizeof(packet)));
		if (both[1].revents && !obey(fd))
			return 0;
	}
}
