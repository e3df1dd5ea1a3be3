/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints a rule file made by dice, for the oracle: old matches and new ones
 * mixed, chains that are called from several hooks, targets that change the
 * packet. What rules are made of are the words below. In a word (a|b) is one
 * of these, <1-9> a number, and ~ a "! " now and then.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_CHAINS = 4 };

static uint64_t state;
static bool is_v6, is_router, has_nat, merges;

static unsigned int below(unsigned int n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % n;
}

/* The end of the group or alternative that begins at @at. */
static const char *skip(const char *at, bool stops_at_bar)
{
	for (int depth = 0; *at; at++) {
		if (*at == '(')
			depth++;
		else if (*at == ')' && depth-- == 0)
			break;
		else if (*at == '|' && depth == 0 && stops_at_bar)
			break;
	}
	return at;
}

static void put(const char *at, const char *end);

/* One of the alternatives of the group at @at; returns what is behind it. */
static const char *put_group(const char *at)
{
	const char *end = skip(at, false), *from = at;
	unsigned int n = 1;

	for (const char *a = skip(at, true); a < end; a = skip(a + 1, true))
		n++;
	for (n = below(n); n > 0; n--)
		from = skip(from, true) + 1;
	put(from, skip(from, true));
	return end + 1;
}

static void put(const char *at, const char *end)
{
	unsigned int lo, hi;
	int len;

	while (at < end) {
		if (*at == '(') {
			at = put_group(at + 1);
		} else if (sscanf(at, "<%u-%u>%n", &lo, &hi, &len) == 2) {
			printf("%u", lo + below(hi - lo + 1));
			at += len;
		} else if (*at == '~') {
			fputs(below(4) ? "" : "! ", stdout);
			at++;
		} else {
			putchar(*at++);
		}
	}
}

/* Bursts for GRO are sent twice and compared: no dice then, and no rates. */
static bool rolls_dice(const char *word)
{
	return strstr(word, "statistic") || strstr(word, "limit");
}

static void put_word(const char *word)
{
	if (merges && rolls_dice(word))
		return;
	putchar(' ');
	put(word, word + strlen(word));
}

#define PUT_ONE(words) \
	put_word((words)[below(sizeof(words) / sizeof((words)[0]))])

static const char *const addresses[][5] = {
	{
		"~-s 198.51.100.0/(22|24|25|26)",
		"-s 198.51.100.<0-255>/(24|28|32)",
		"~-d 203.0.113.0/(24|25|26)",
		"-m iprange ~--src-range 198.51.100.<0-99>-198.51.100.<99-255>",
		"-s 198.51.100.0/24",
	},
	{
		"~-s 2001:db8:100::/(44|48|64)",
		"-s 2001:db8:100::<1-9>/(64|125|128)",
		"~-d 2001:db8:200::/(48|64)",
		"-m iprange ~--src-range 2001:db8:100::1-2001:db8:100::<2-9>",
		"-s 2001:db8:100::/48",
	},
};

/* Any packet may be asked. */
static const char *const generic[] = {
	"-m length ~--length (<20-99>|<0-99>:|:<20-200>|<20-60>:<61-400>)",
	"-m length ~--length (40:60|0:59|61:65535|1000:)",
	"-m tos ~--tos (0|0x08|0x10|0x48)/(0x3f|0xff|0x10)",
	"-m dscp ~--dscp (0|0x08|0x0a|0x2e)",
	"-m pkttype ~--pkt-type (unicast|broadcast|multicast)",
	"-m string --algo (bm|kmp) ~--string (a|ab|GET|Zz)( --icase|)",
	("-m string --algo (bm|kmp) ~--string (aab|\"x y\"|pass) "
	 "--from <0-50> --to <51-200>( --icase|)"),
	"-m string --algo bm --to <40-64> ~--hex-string \"|0<0-9>|\"",
	"-m u32 ~--u32 \"<0-60>&0x(ff|ffff|3f00)=(0|<0-99>:<100-9999>)\"",
	"-m u32 ~--u32 \"<20-200>=0:0x(7fffffff|ffffffff)\"",
	"-m u32 ~--u32 \"0>>22&0x3c@<0-12>>>24=0:<0-255>\"",
	"-m u32 --u32 \"(6|4)&0xff=(6|17)&&<40-60>>>16=<0-9>:<9-60000>\"",
	"-m addrtype ~--dst-type (LOCAL|UNICAST|MULTICAST|LOCAL,MULTICAST)",
	"-m addrtype ~--src-type (UNICAST|LOCAL|MULTICAST)",
	"-m mark ~--mark (0|0x1|0x1/0x1|0x8/0xc)",
	"-m statistic --mode random ~--probability 0.5",
	"-m cpu ~--cpu (0|1)",
	"-m time (~--weekdays (Mon,Tue|Sat,Sun)|--datestop 2020-01-01)",
	"-m mac ~--mac-source 02:00:00:00:00:01",
	"-m comment --comment (a|\"b c\")",
	"-i (eth0|eth+|other0)",
};

static const char *const generic4[] = {
	"-m ttl (~--ttl-eq|--ttl-lt|--ttl-gt) (0|1|2|63|64|65|254|255)",
	"-m ttl (~--ttl-eq|--ttl-lt|--ttl-gt) <0-255>",
	"-m ecn ~--ecn-ip-ect <0-3>",
	"-m addrtype ~--dst-type (BROADCAST|LOCAL,BROADCAST|ANYCAST)",
};

static const char *const generic6[] = {
	"-m hl (~--hl-eq|--hl-lt|--hl-gt) (0|1|2|63|64|65|254|255)",
	"-m hl (~--hl-eq|--hl-lt|--hl-gt) <0-255>",
	"-m ecn ~--ecn-ip-ect <0-3>",
	"-m frag (--fragmore|--fragfirst|--fraglast|~--fragid <0-9>:<9-99>)",
	"-m (hbh ~--hbh|dst ~--dst)-len (8|16)",
	"-m (hbh --hbh|dst --dst)-opts (5:2|1|1:4|0,0)",
	"-m rt (~--rt-type (0|2)|~--rt-segsleft <0-1>:<1-3>|~--rt-len 24)",
	"-m ah (~--ahspi <0-9>:0x7fffffff|~--ahlen (16|24)|--ahres)",
	"-m ipv6header ~--header (dst|hop,prot|route,auth|prot)( --soft|)",
	"-m srh (~--srh-hdr-len-eq 4|--srh-segs-left-lt 2|~--srh-next-hdr 17)",
	"-m eui64",
};

#define PORTS "(~--sport|~--dport) (53|80|<1-99>:<99-9999>)"
#define MULTIPORT \
	"-m multiport (~--sports|~--dports|~--ports) (53,80|1:99,200:900)"

static const char *const layer4[] = {
	"-p tcp -m tcp " PORTS,
	"-p tcp -m tcp ~--tcp-flags (SYN,RST|FIN,PSH|ALL|SYN,ACK) "
	"(SYN|FIN|NONE|ACK,PSH)",
	"-p tcp -m tcp ~--syn",
	"-p tcp -m tcp ~--tcp-option (2|3|8|<1-255>)",
	"-p tcp -m tcp --dport <1-99>: ~--tcp-option <1-9>",
	"-p tcp -m tcp --tcp-flags SYN SYN -m tcpmss ~--mss "
	"(536|0:500|<500-1000>:1460)",
	"-p tcp -m tcpmss ~--mss (536|<1-1000>:65535)",
	"-p tcp -m ecn ~--ecn-tcp-(cwr|ece)",
	"-p tcp " MULTIPORT,
	"~-p tcp",
	"-p udp -m udp " PORTS,
	"-p udp " MULTIPORT,
	"~-p udp",
	"-p sctp -m sctp ~--chunk-types (any|all|only) "
	"(DATA|INIT|DATA,SACK|DATA:Be)",
	"-p sctp -m sctp " PORTS,
	"-p dccp -m dccp ~--dccp-types (REQUEST|DATA,ACK|INVALID)",
	"-p dccp -m dccp ~--dccp-option (2|32|<1-255>)",
	"-p dccp " MULTIPORT,
	"-p esp -m esp ~--espspi (<0-99>:<99-600>|500:)",
	"-p udplite " MULTIPORT,
	"-p (47|112|ah)",
};

static const char *const layer4_4[] = {
	"-p icmp -m icmp ~--icmp-type (8|0|3/1|13)",
	"-p ah -m ah ~--ahspi <0-99>:<99-600>",
	"-p ipcomp -m ipcomp ~--ipcompspi <0-9>:<9-60>",
};

static const char *const layer4_6[] = {
	"-p ipv6-icmp -m icmp6 ~--icmpv6-type (128|135|1/4)",
	"-p 135 -m mh ~--mh-type (1|0:4|2:255)",
};

/* Only the kernel knows, or writes down. */
static const char *const opaque[] = {
	"-m conntrack --ctstate (NEW|ESTABLISHED|INVALID)",
	"-m limit --limit 1/s",
	"-m state --state NEW",
};

static const char *const changes4[] = {
	"-j TTL --ttl-(set|dec|inc) <1-60>",
	"-p tcp -j ECN --ecn-tcp-remove",
};

static const char *const changes6[] = {
	"-j HL --hl-(set|dec|inc) <1-60>",
};

static const char *const changes[] = {
	"-j TOS --set-tos (0x10/0x3f|0x48/0xff)",
	"-j DSCP --set-dscp (0x08|0x0a)",
	"-j MARK --set-xmark (0x1|0x8)/0xffffffff",
	"-p tcp -j TCPOPTSTRIP --strip-options (2|3,8)",
	"-j CONNMARK --restore-mark",
	"-p udp -j CHECKSUM --checksum-fill",
};

static void put_matches(void)
{
	if (below(6))
		PUT_ONE(addresses[is_v6]);
	/* one -p only, and before what needs it */
	if (below(2)) {
		if (below(5))
			PUT_ONE(layer4);
		else if (is_v6)
			PUT_ONE(layer4_6);
		else
			PUT_ONE(layer4_4);
	} else if (!is_v6 && !below(9)) {
		put_word("~-f");
	}
	for (unsigned int n = below(3); n > 0; n--) {
		if (below(3))
			put_word(generic[below(
				sizeof(generic) / sizeof(generic[0]) - 1)]);
		else if (is_v6)
			PUT_ONE(generic6);
		else
			PUT_ONE(generic4);
	}
	if (!below(8))
		put_word(generic[sizeof(generic) / sizeof(generic[0]) - 1]);
	if (!below(30))
		PUT_ONE(opaque);
}

/* A rule of the mangle table that changes packets: it names its protocol. */
static void put_change(bool is_forward)
{
	if (below(3))
		PUT_ONE(addresses[is_v6]);
	if (is_forward && !below(3)) {
		put_word("-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS "
			 "(--set-mss 500|--clamp-mss-to-pmtu)");
		return;
	}
	if (below(2))
		PUT_ONE(changes);
	else if (is_v6)
		PUT_ONE(changes6);
	else
		PUT_ONE(changes4);
}

static void put_target(const char *table, unsigned int chain, bool drops)
{
	unsigned int r = below(40);

	if (chain < N_CHAINS && r < 10) {
		printf(" -%c c%u", r ? 'j' : 'g',
		       chain + 1 + below(N_CHAINS - chain));
		return;
	}
	if (r < 14)
		put_word("-j RETURN");
	else if (r < 16)
		return;
	else if (r < 19)
		put_word("-j (LOG|LOG --log-prefix \"a \"|NFLOG)");
	else if (r == 19 && !strcmp(table, "filter"))
		put_word("-j REJECT");
	else if (r == 19 && !strcmp(table, "raw"))
		put_word("-j NOTRACK");
	else if (r < 27)
		put_word("-j ACCEPT");
	else
		put_word(drops ? "-j DROP" : "-j ACCEPT");
}

static void put_chain(const char *table, const char *name, unsigned int chain)
{
	unsigned int n = 2 + below(chain ? 6 : 10);
	bool drops = below(6), is_mangle = !strcmp(table, "mangle");

	while (n--) {
		printf("-A %s", name);
		if (is_mangle && !below(4)) {
			put_change(!strcmp(name, "FORWARD"));
			putchar('\n');
			continue;
		}
		put_matches();
		if (!strcmp(name, "PREROUTING") && !below(20))
			put_word("-m rpfilter( --loose|)( --invert|)");
		put_target(table, chain, drops);
		putchar('\n');
	}
}

static void put_table(const char *table, const char *const *hooks)
{
	char name[8];

	printf("*%s\n", table);
	for (size_t i = 0; hooks[i]; i++)
		printf(":%s %s [0:0]\n", hooks[i],
		       below(4) ? "ACCEPT" : "DROP");
	for (unsigned int i = 1; i <= N_CHAINS; i++)
		printf(":c%u - [0:0]\n", i);
	for (size_t i = 0; hooks[i]; i++)
		put_chain(table, hooks[i], 0);
	for (unsigned int i = 1; i <= N_CHAINS; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		put_chain(table, name, i);
	}
	puts("COMMIT");
}

static void put_nat(void)
{
	puts("*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n"
	     ":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]");
	fputs("-A PREROUTING", stdout);
	put_word("-p (tcp -m tcp|udp -m udp) --dport (80|1:500) -j REDIRECT "
		 "--to-ports (8080|53)");
	puts("\nCOMMIT");
}

static void put_rules(void)
{
	static const char *const raw[] = { "PREROUTING", NULL };
	static const char *const mangle[] = { "PREROUTING", "INPUT", "FORWARD",
					      NULL };
	static const char *const filter[] = { "INPUT", "FORWARD", NULL };

	if (below(2))
		put_table("raw", raw);
	if (below(2))
		put_table("mangle", mangle);
	if (has_nat)
		put_nat();
	put_table("filter", filter);
	if (!below(4))
		put_table("security", filter);
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fputs("Usage: random_rules SEED\n", stderr);
		return 2;
	}
	uint64_t seed = strtoull(argv[1], NULL, 10);

	state = seed * 0x9e3779b97f4a7c15u;
	for (int i = 0; i < 8; i++)
		below(2);
	is_v6 = seed & 1;
	is_router = !below(3);
	has_nat = !below(12) && !is_router;
	merges = !below(6);
	printf("# oracle:%s%s%s%s --seed %" PRIu64 "\n",
	       is_router ? " --mode router" : "", below(2) ? " --log-ring" : "",
	       merges ? " --gro on" : "", below(8) ? "" : " --conntrack", seed);
	put_rules();
	return 0;
}
