*filter
-A INPUT -j REJECT --reject-with tcp-reset
COMMIT
----
rules:2:20: error: tcp-reset needs -p tcp [needs-protocol]
  -A INPUT -j REJECT --reject-with tcp-reset
                     ^~~~~~~~~~~~~~~~~~~~~~~
