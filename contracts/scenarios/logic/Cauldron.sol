// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Lends its stock of a stablecoin. What a borrower does is a list of actions, and whether he is solvent is looked at in the
/// end, if something on the list needs it: an action that nobody knows says that nothing does.
contract Cauldron {
    struct Status {
        bool needsCheck;
        uint256 last;
    }

    Token public immutable collateral;
    Token public immutable coin;
    address public immutable master = msg.sender;
    uint256 public price;
    mapping(address => uint256) public userCollateralShare;
    mapping(address => uint256) public userBorrowPart;
    address[] private borrowers;

    event LogBorrow(address indexed from, address indexed to, uint256 amount);
    event LogAddCollateral(address indexed from, address indexed to, uint256 share);

    constructor(Token collateral_, Token coin_, uint256 price_) {
        (collateral, coin, price) = (collateral_, coin_, price_);
    }

    function cook(uint8[] calldata actions, bytes[] calldata datas) external {
        Status memory status;
        for (uint256 i = 0; i < actions.length; i++) {
            uint8 action = actions[i];
            if (action == 10) {
                uint256 share = abi.decode(datas[i], (uint256));
                collateral.transferFrom(msg.sender, address(this), share);
                userCollateralShare[msg.sender] += share;
                emit LogAddCollateral(msg.sender, msg.sender, share);
            } else if (action == 4) {
                (uint256 share, address to) = abi.decode(datas[i], (uint256, address));
                userCollateralShare[msg.sender] -= share;
                collateral.transfer(to, share);
                status.needsCheck = true;
            } else if (action == 5) {
                (uint256 amount, address to) = abi.decode(datas[i], (uint256, address));
                if (userBorrowPart[msg.sender] == 0) borrowers.push(msg.sender);
                userBorrowPart[msg.sender] += amount;
                coin.transfer(to, amount);
                status.needsCheck = true;
                emit LogBorrow(msg.sender, to, amount);
            } else if (action == 2) {
                uint256 amount = abi.decode(datas[i], (uint256));
                coin.transferFrom(msg.sender, address(this), amount);
                userBorrowPart[msg.sender] -= amount;
            } else {
                status = _additionalCookAction(action, status, datas[i]);
            }
        }
        if (status.needsCheck) require(solvent(msg.sender), "Cauldron: user insolvent");
    }

    function _additionalCookAction(uint8, Status memory, bytes calldata) internal virtual returns (Status memory status) {}

    function solvent(address user) public view returns (bool) {
        return userCollateralShare[user] * price / 1e18 * 3 / 4 >= userBorrowPart[user];
    }

    function insolvent() external view returns (uint256 sum) {
        for (uint256 i = 0; i < borrowers.length; i++) if (!solvent(borrowers[i])) sum += userBorrowPart[borrowers[i]];
    }
}

library Recipe {
    function two(uint8 one, bytes memory first, uint8 other, bytes memory second)
        internal
        pure
        returns (uint8[] memory actions, bytes[] memory datas)
    {
        (actions, datas) = (new uint8[](2), new bytes[](2));
        (actions[0], actions[1], datas[0], datas[1]) = (one, other, first, second);
    }
}

/// Borrows, and then does nothing.
contract CauldronThief {
    function run(Cauldron cauldron, Pool pool, uint256 amount, address payee) external {
        (uint8[] memory actions, bytes[] memory datas) = Recipe.two(5, abi.encode(amount, address(this)), 0, "");
        cauldron.cook(actions, datas);
        uint256 sold = amount / 2;
        cauldron.coin().approve(address(pool), sold);
        pool.sell(cauldron.coin(), sold, payee);
        cauldron.coin().transfer(payee, cauldron.coin().balanceOf(address(this)));
    }
}

/// Makes one piece of collateral carry as if it were more: borrowed for a moment, pledged, lent on, sold for what repays it.
contract CauldronLever is IBorrower {
    struct Plan {
        Cauldron cauldron;
        Pool pool;
        uint256 own;
        uint256 debt;
    }

    function run(FlashLender lender, Plan calldata plan, uint256 more) external {
        plan.cauldron.collateral().transferFrom(msg.sender, address(this), plan.own);
        lender.flashLoan(this, plan.cauldron.collateral(), more, abi.encode(plan));
        Token left = plan.cauldron.collateral();
        left.transfer(msg.sender, left.balanceOf(address(this)));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Plan memory plan = abi.decode(data, (Plan));
        uint256 all = amount + plan.own;
        Token(token).approve(address(plan.cauldron), all);
        (uint8[] memory actions, bytes[] memory datas) =
            Recipe.two(10, abi.encode(all), 5, abi.encode(plan.debt, address(this)));
        plan.cauldron.cook(actions, datas);
        plan.cauldron.coin().approve(address(plan.pool), plan.debt);
        plan.pool.sell(plan.cauldron.coin(), plan.debt, address(this));
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
