"""Which of one's posts to work in: a person may be secretary in one association and treasurer in another."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jasenpalvelu.common import feedback
from jasenpalvelu.web.navigation import address
from members.middleware import CHOSEN_POST
from members.requests import ScopedRequest


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: ScopedRequest) -> HttpResponse:
    """Show the posts, and keep the chosen one for this session. Only one's own posts can be chosen."""
    posts = request.scope.posts
    if not posts:
        raise Http404
    if request.method != "POST":
        return render(request, "office/switch.html", {"posts": posts, "chosen": request.scope.post})
    chosen = next((post for post in posts if str(post.mandate_id) == request.POST.get("post")), None)
    if chosen is None:
        raise Http404
    request.session[CHOSEN_POST] = chosen.mandate_id
    feedback.done(request, _("You now work in %(unit)s.") % {"unit": chosen.unit})
    return redirect(address("office:home") or "front")
