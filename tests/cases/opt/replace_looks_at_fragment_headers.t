% replace c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 2001:db8::/32 -m frag --fragmore -j DROP
COMMIT
----
tz_test_frag(ctx, s, 0, 4294967295, 8)) == TZ_TEST_TRUE
