% sample filter/INPUT/3
*filter
:INPUT ACCEPT [0:0]
-A INPUT -j DROP
-A INPUT -j LOG
COMMIT
----
error: no rule "filter/INPUT/3" to log samples of: name it by TABLE/CHAIN/NUMBER or FILE:LINE [no-such-rule]
