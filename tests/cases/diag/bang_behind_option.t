*filter
-A INPUT -s ! 1.2.3.4 -j DROP
COMMIT
----
rules:2:13: warning: iptables 1.8.9 refuses '!' behind the option; write '! --source' [old-negation]
  -A INPUT -s ! 1.2.3.4 -j DROP
              ^
