/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libpcap reads the two formats, zlib what is compressed, which the first two
 * bytes tell. What has no Ethernet header gets one: its addresses are made up,
 * and the frame says so. Link types are those of pcap-linktype(7).
 */
#include "runtime/cli/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
	ETH_LEN = 14,
	SLL_LEN = 16,
	SLL2_LEN = 20,
	LOOP_LEN = 4,
	SLL_OUTGOING = 4,
	ADDRESS_ETHER = 6, /* bytes */
	/* libpcap refuses packets that are longer */
	PACKET_MAX = 262144,
	BUFFER_LEN = 256 << 10,
};

struct cli_capture {
	pcap_t *pcap;
	FILE *file;  /* of the pcap */
	gzFile gzip; /* of the file, or NULL */
	int fd;      /* of the gzip */
	off_t size;  /* 0: unknown */
	int link;    /* DLT_* */
	uint64_t n;
	bool is_outgoing;
	uint8_t frame[ETH_LEN + PACKET_MAX];
};

static ssize_t read_gzip(void *cookie, char *buf, size_t size)
{
	gzFile gzip = cookie;
	int error, n = gzread(gzip, buf, (unsigned int)size);

	/* A file that ends too early is no error of gzread's. */
	if (n <= 0) {
		gzerror(gzip, &error);
		if (error != Z_OK)
			n = -1;
	}
	if (n < 0)
		errno = EIO;
	return n;
}

static int close_gzip(void *cookie)
{
	return gzclose_r(cookie) == Z_OK ? 0 : EOF;
}

static bool is_gzip(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	uint8_t magic[2];

	/* Of a pipe nothing can be known before it is read: zlib passes on
	 * what it does not understand. */
	if (at < 0)
		return true;
	return pread(fd, magic, 2, at) == 2 && magic[0] == 0x1f &&
	       magic[1] == 0x8b;
}

/* Takes @fd; NULL and errno when there is no memory. */
static FILE *open_stream(struct cli_capture *capture, int fd)
{
	static const cookie_io_functions_t functions = { .read = read_gzip,
							 .close = close_gzip };
	FILE *file = NULL;

	if (!is_gzip(fd)) {
		file = fdopen(fd, "rb");
	} else if ((capture->gzip = gzdopen(fd, "rb"))) {
		capture->fd = fd;
		gzbuffer(capture->gzip, BUFFER_LEN);
		file = fopencookie(capture->gzip, "rb", functions);
		if (!file)
			gzclose_r(capture->gzip);
		return file;
	}
	if (file)
		setvbuf(file, NULL, _IOFBF, BUFFER_LEN);
	else
		close(fd);
	return file;
}

static bool takes_link(int link)
{
	return link == DLT_EN10MB || link == DLT_RAW || link == DLT_IPV4 ||
	       link == DLT_IPV6 || link == DLT_LINUX_SLL ||
	       link == DLT_LINUX_SLL2 || link == DLT_NULL || link == DLT_LOOP;
}

static void say_link(int link, char *why, size_t size)
{
	const char *name = pcap_datalink_val_to_name(link);

	snprintf(why, size,
		 "link type %d (%s) has no frames that rules see; known are "
		 "EN10MB, RAW, IPV4, IPV6, LINUX_SLL, LINUX_SLL2, NULL, LOOP",
		 link, name ? name : "unknown");
}

/* Closes @file when it fails. */
static bool start(struct cli_capture *capture, FILE *file, char *why,
		  size_t size)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	capture->pcap = pcap_fopen_offline_with_tstamp_precision(
		file, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!capture->pcap) {
		snprintf(why, size, "not a capture: %s", error);
		fclose(file);
		return false;
	}
	capture->file = file;
	capture->link = pcap_datalink(capture->pcap);
	if (takes_link(capture->link))
		return true;
	say_link(capture->link, why, size);
	return false;
}

struct cli_capture *cli_capture_take(FILE *file, char *why, size_t size)
{
	struct cli_capture *capture = calloc(1, sizeof(*capture));

	if (!capture) {
		snprintf(why, size, "no memory");
		fclose(file);
		return NULL;
	}
	if (start(capture, file, why, size))
		return capture;
	cli_capture_close(capture);
	return NULL;
}

static struct cli_capture *open_fd(int fd, char *why, size_t size)
{
	struct cli_capture *capture = calloc(1, sizeof(*capture));
	struct stat st;
	FILE *file;

	if (!capture) {
		snprintf(why, size, "no memory");
		close(fd);
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		capture->size = st.st_size;
	file = open_stream(capture, fd);
	if (!file)
		snprintf(why, size, "%s", strerror(errno ? errno : ENOMEM));
	else if (start(capture, file, why, size))
		return capture;
	cli_capture_close(capture);
	return NULL;
}

struct cli_capture *cli_capture_open(const char *path, char *why, size_t size)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				   : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0)
		return open_fd(fd, why, size);
	snprintf(why, size, "%s", strerror(errno));
	return NULL;
}

void cli_capture_close(struct cli_capture *capture)
{
	if (capture->pcap)
		pcap_close(capture->pcap);
	free(capture);
}

bool cli_capture_is_outgoing(const struct cli_capture *capture)
{
	return capture->is_outgoing;
}

double cli_capture_part(const struct cli_capture *capture)
{
	off_t at = capture->gzip ? lseek(capture->fd, 0, SEEK_CUR)
				 : ftello(capture->file);

	if (capture->size <= 0 || at < 0)
		return -1;
	return (double)at / (double)capture->size;
}

static int64_t time_of(const struct timeval *tv)
{
	const int64_t second = 1000000000;

	/* The precision that was asked for: tv_usec is nanoseconds. */
	if (tv->tv_sec < 0 || tv->tv_sec >= INT64_MAX / second - 1 ||
	    tv->tv_usec < 0 || tv->tv_usec >= second)
		return -1;
	return tv->tv_sec * second + tv->tv_usec;
}

/* An Ethernet header in front of the bytes from @skip on. */
static void replace_link(struct cli_capture *capture, struct tamiz_frame *frame,
			 size_t skip, uint16_t type, const uint8_t *mac)
{
	static const uint8_t no_mac[ADDRESS_ETHER];
	uint8_t *out = capture->frame;

	if (skip > frame->len)
		skip = frame->len;
	memset(out, 0, ETH_LEN);
	memcpy(out + ADDRESS_ETHER, mac ? mac : no_mac, ADDRESS_ETHER);
	out[12] = (uint8_t)(type >> 8);
	out[13] = (uint8_t)type;
	memcpy(out + ETH_LEN, frame->bytes + skip, frame->len - skip);
	frame->bytes = out;
	frame->len += ETH_LEN - skip;
	frame->wire_len += ETH_LEN - skip;
	frame->has_no_link = true;
}

static uint16_t type_of_version(const struct tamiz_frame *frame, size_t at)
{
	if (frame->len <= at)
		return 0x0800; /* a frame without packet; cut, or empty */
	return frame->bytes[at] >> 4 == 6 ? 0x86dd : 0x0800;
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* A "cooked" header: a packet type, an address, an Ethernet type. */
static void replace_cooked(struct cli_capture *capture,
			   struct tamiz_frame *frame)
{
	bool is_v2 = capture->link == DLT_LINUX_SLL2;
	const uint8_t *p = frame->bytes;
	size_t len = is_v2 ? SLL2_LEN : SLL_LEN;

	if (frame->len < len) {
		replace_link(capture, frame, len, 0x0800, NULL);
		return;
	}
	capture->is_outgoing = (is_v2 ? p[10] : be16(p)) == SLL_OUTGOING;
	replace_link(capture, frame, len, be16(is_v2 ? p : p + 14), NULL);
}

static void replace(struct cli_capture *capture, struct tamiz_frame *frame)
{
	switch (capture->link) {
	case DLT_EN10MB:
		break;
	case DLT_LINUX_SLL:
	case DLT_LINUX_SLL2:
		replace_cooked(capture, frame);
		break;
	case DLT_NULL:
	case DLT_LOOP:
		/* The family's number depends on the system of the capture. */
		replace_link(capture, frame, LOOP_LEN,
			     type_of_version(frame, LOOP_LEN), NULL);
		break;
	default:
		replace_link(capture, frame, 0, type_of_version(frame, 0),
			     NULL);
	}
}

static void say_place(const struct cli_capture *capture, char *why, size_t size)
{
	off_t at = capture->gzip ? -1 : ftello(capture->file);
	char place[48] = "";
	int error = Z_OK;

	if (at >= 0)
		snprintf(place, sizeof(place), ", before byte %jd",
			 (intmax_t)at);
	if (capture->gzip)
		gzerror(capture->gzip, &error);
	snprintf(why, size, "broken behind packet %ju%s: %s",
		 (uintmax_t)capture->n, place,
		 error != Z_OK ? "the gzip data are damaged or end too early"
			       : pcap_geterr(capture->pcap));
}

int cli_capture_next(struct cli_capture *capture, struct tamiz_frame *frame,
		     char *why, size_t size)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int result = pcap_next_ex(capture->pcap, &header, &bytes);

	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (result != 1) {
		say_place(capture, why, size);
		return -EIO;
	}
	capture->n++;
	capture->is_outgoing = false;
	*frame = (struct tamiz_frame){
		.bytes = bytes,
		.len = header->caplen < PACKET_MAX ? header->caplen
						   : PACKET_MAX,
		.wire_len = header->len,
		.time_ns = time_of(&header->ts),
	};
	if (frame->wire_len < header->caplen)
		frame->wire_len = header->caplen;
	replace(capture, frame);
	return 1;
}
