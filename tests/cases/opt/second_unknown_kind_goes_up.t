% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m addrtype --src-type LOCAL --dst-type LOCAL -j DROP
COMMIT
----
tz_test_src_kind(ctx, s, 4, 0)) == TZ_TEST_TRUE &&
tz_test_dst_kind(ctx, s, 4, 0)) == TZ_TEST_UNKNOWN) { return TZ_V_PASS; }
