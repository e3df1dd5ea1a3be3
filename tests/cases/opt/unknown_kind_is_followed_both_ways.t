% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m addrtype --src-type LOCAL -j ACCEPT
-A PREROUTING -m addrtype ! --dst-type LOCAL -j DROP
COMMIT
----
if (TZ_ASK(0, tz_test_src_kind(ctx, s, 4, 0)) == TZ_TEST_UNKNOWN) { return TZ_V_ACCEPT; }
if (TZ_ASK(0, tz_test_src_kind(ctx, s, 4, 0)) == TZ_TEST_TRUE) { tz_note(s, 1); return TZ_V_ACCEPT; }
if (TZ_ASK(1, tz_test_dst_kind(ctx, s, 4, 1)) == TZ_TEST_TRUE) { tz_note(s, 2); return TZ_V_DROP; }
! tz_test_dst_kind(ctx, s, 4, 1)) == TZ_TEST_UNKNOWN
