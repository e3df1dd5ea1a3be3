% replace
*filter
-A INPUT -m state --state NEW -j DROP
COMMIT
----
rules:2:1: error: this rule cannot be replaced at XDP: the state of the connection is known only to the kernel's connection tracking [undecidable]
  -A INPUT -m state --state NEW -j DROP
  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
