*filter
-A INPUT -m conntrack --ctstate ESTABLISHED,RELATD -j ACCEPT
COMMIT
----
rules:2:33: error: --ctstate has no 'RELATD'; there are INVALID NEW RELATED ESTABLISHED UNTRACKED SNAT DNAT [keyword]
  -A INPUT -m conntrack --ctstate ESTABLISHED,RELATD -j ACCEPT
                                  ^~~~~~~~~~~~~~~~~~
