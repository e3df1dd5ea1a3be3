% c nat
*raw
:PREROUTING ACCEPT [0:0]
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m state --state NEW -m socket --nowildcard -j DROP
COMMIT
----
tz_test_socket(ctx, s, 1)) == TZ_TEST_TRUE
