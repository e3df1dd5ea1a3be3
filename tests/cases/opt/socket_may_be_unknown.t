% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m socket -j ACCEPT
-A PREROUTING -p udp -m socket --nowildcard --transparent -j DROP
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m socket -j DROP
COMMIT
----
TZ_ASK(2, tz_test_socket(ctx, s, 0)) == TZ_TEST_TRUE) { tz_note(s, 4); return TZ_V_DROP; }
TZ_ASK(0, tz_test_socket(ctx, s, 4)) == TZ_TEST_UNKNOWN) { return TZ_V_ACCEPT; }
TZ_ASK(0, tz_test_socket(ctx, s, 4)) == TZ_TEST_TRUE) { tz_note(s, 1); return TZ_V_ACCEPT; }
TZ_ASK(1, tz_test_socket(ctx, s, 7)) == TZ_TEST_TRUE) { tz_note(s, 2); return TZ_V_DROP; }
! tz_test_socket(ctx, s, 7)) == TZ_TEST_UNKNOWN
