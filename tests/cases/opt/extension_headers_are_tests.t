% c replace
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m frag ! --fragid 3:9 --fragres --fraglast -s ::1 -j DROP
-A PREROUTING -m dst ! --dst-len 16 --dst-opts 1:4,0,30 -j DROP
-A PREROUTING -m rt --rt-type 0 ! --rt-segsleft 1:2 --rt-0-addrs ::1,::2 --rt-0-not-strict -j DROP
-A PREROUTING -m ah --ahspi 7: --ahlen 24 --ahres -j DROP
-A PREROUTING -m ipv6header ! --header hop,prot --soft -j DROP
-A PREROUTING -p 135 -m mh ! --mh-type bu:7 -j DROP
-A PREROUTING -m srh --srh-segs-left-eq 1 --srh-segs-left-lt 4 ! --srh-nsid ::5/127 -j DROP
-A PREROUTING -m eui64 -j DROP
COMMIT
----
args[] = { 60ull, 3ull, 16ull, 3ull, 260ull, 255ull, 7935ull };
args[] = { 1ull, 2ull, 209ull, 0ull, 0ull, 0ull, 1ull, 0ull, 2ull };
args[] = { 7ull, 4294967295ull, 4ull, 24ull };
args[] = { 268439632ull, 0ull, 0ull, 4ull, 0ull, 0ull, 0ull, 0ull, 0ull, 0ull, 0ull, 5ull, 18446744073709551615ull, 18446744073709551614ull, 0ull, 0ull, 0ull, 0ull };
tz_test_frag(ctx, s, 3, 9, 19))
tz_options_0(ctx, s))
tz_rt_0(ctx, s))
tz_ah6_0(ctx, s))
tz_test_ipv6header(ctx, s, 129, 1, 1))
tz_test_mh(ctx, s, 5, 7, 1))
tz_srh_0(ctx, s))
tz_test_eui64(ctx, s))
