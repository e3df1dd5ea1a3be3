% c nat
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m socket -j DROP
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
-A PREROUTING -p udp -m socket --nowildcard -j DROP
-A INPUT -p udp -m socket --nowildcard -j DROP
COMMIT
----
TZ_ASK(0, tz_test_socket(ctx, s, 4)) == TZ_TEST_TRUE) { tz_note(s, 1); return TZ_V_DROP; }
! tz_test_socket(ctx, s, 1)
