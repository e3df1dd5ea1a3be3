% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --tcp-flags ALL NONE -j DROP
COMMIT
----
#1 drop: 2 terms, not mergeable whole
! , mergeable
