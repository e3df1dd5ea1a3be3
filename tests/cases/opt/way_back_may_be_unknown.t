% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m rpfilter --loose -j ACCEPT
-A PREROUTING -m rpfilter --accept-local --invert -j DROP
COMMIT
----
TZ_ASK(0, tz_test_rpfilter(ctx, s, 2)) == TZ_TEST_UNKNOWN) { return TZ_V_ACCEPT; }
TZ_ASK(0, tz_test_rpfilter(ctx, s, 2)) == TZ_TEST_TRUE) { tz_note(s, 1); return TZ_V_ACCEPT; }
TZ_ASK(1, tz_test_rpfilter(ctx, s, 5)) == TZ_TEST_TRUE) { tz_note(s, 2); return TZ_V_DROP; }
if ((class & TZ_CLASS_FRAGMENT)) { return TZ_V_PASS; }
! tz_test_rpfilter(ctx, s, 5)) == TZ_TEST_UNKNOWN
